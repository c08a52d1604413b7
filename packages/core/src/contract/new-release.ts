import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import { believedTime } from "../lib/request-time.ts";
import type { Execution } from "./steps.ts";

/** What an execution requests. */
type Requested = Pick<
  ReleaseRecord,
  "kind" | "repository" | "environment" | "ref" | "sha" | "before" | "requestedBy" | "requestedAt" | "verification"
>;

/** The release that an execution starts, and its record before anything is planned. */
export function newRelease(
  { name: id, arn: executionArn, startedAt }: Execution,
  requested: Requested,
  policyHash: string,
): { release: ReleaseRef; record: ReleaseRecord } {
  const { kind, repository, environment, ref, sha, before, requestedBy, verification } = requested;
  const release = { id, executionArn, startedAt, kind, repository, environment, ref, sha };
  const requestedAt = requestedTime(requested, startedAt);
  const record = {
    ...release,
    ...(before !== undefined && { before }),
    requestedBy,
    ...(verification !== undefined && { verification }),
    requestedAt,
    policyHash,
  };
  return { release, record: { ...record, status: "open" } };
}

/**
 * An operator requests a rollback from what is known now, and it takes precedence over every push until now: the time of its
 * start counts, and not that of the operator's clock, by which it could be older than these pushes.
 */
function requestedTime({ kind, requestedBy, requestedAt }: Requested, startedAt: string): string {
  return kind === "rollback" && requestedBy.kind !== "lockmaster" ? startedAt : believedTime(requestedAt, startedAt);
}
