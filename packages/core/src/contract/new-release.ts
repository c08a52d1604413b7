import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import type { Execution } from "./steps.ts";

/** What an execution requests. */
type Requested = Pick<
  ReleaseRecord,
  "kind" | "repository" | "environment" | "ref" | "sha" | "requestedBy" | "requestedAt"
>;

/** The release that an execution starts, and its record before anything is planned. */
export function newRelease(
  { name: id, arn: executionArn, startedAt }: Execution,
  { kind, repository, environment, ref, sha, requestedBy, requestedAt }: Requested,
  policyHash: string,
): { release: ReleaseRef; record: ReleaseRecord } {
  const release = { id, executionArn, startedAt, kind, repository, environment, ref, sha };
  return { release, record: { ...release, requestedBy, requestedAt, policyHash, status: "open" } };
}
