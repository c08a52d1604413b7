import type { ReleaseRecord, ReleaseStatus } from "../ledger/release-record.ts";
import { whyUnverified } from "../trust/requester.ts";
import type { FailureReason } from "./failure-reason.ts";

/** Detail types of Lockmaster's events on EventBridge, by outcome. */
const detailTypes: Readonly<Record<Exclude<ReleaseStatus, "open">, string>> = {
  succeeded: "Release Succeeded",
  unproven: "Release Succeeded",
  superseded: "Release Superseded",
  failed: "Release Failed",
  "rolled-back": "Release Rolled Back",
  "rollback-failed": "Rollback Failed",
};

/** Of a check: rules for releases must not match a pull request. */
const checkTypes = { succeeded: "Check Passed", failed: "Check Failed" } as const;

/**
 * The event of a release's end. Its form is a contract with its subscribers: `version` counts breaking changes. It has codes and
 * facts, but no sentences: those may quote a container's log, which stays in the ledger.
 *
 * @param record of a release that has ended
 */
export function releaseEvent(
  record: ReleaseRecord,
  reason?: FailureReason,
): { detailType: string; detail: Readonly<Record<string, unknown>> } {
  const { id, executionArn, repository, environment, ref, sha, kind, startedAt, requestedBy } = record;
  const isUnverified = whyUnverified(record.verification) !== undefined;
  const { status, images, services, endedAt, supersededBy, rollsBackTo, recovers, evidence = [] } = record;
  // Before a release succeeds, the images in its record are those that the plan keeps.
  const hasReleased = status === "succeeded" || status === "unproven";
  if (status === "open") throw new Error(`release ${id} has not ended: it has no outcome to publish`);
  return {
    detailType:
      kind === "check" && (status === "succeeded" || status === "failed") ? checkTypes[status] : detailTypes[status],
    detail: {
      version: "1",
      release: {
        id,
        executionArn,
        kind,
        repository,
        environment,
        ref,
        sha,
        startedAt,
        requestedBy: { ...requestedBy, ...(isUnverified && { unverifiedClaim: true }) },
      },
      outcome: status,
      endedAt,
      ...(hasReleased && images !== undefined && { images }),
      ...(services !== undefined && { services }),
      ...(supersededBy !== undefined && { supersededBy }),
      ...(rollsBackTo !== undefined && { rollsBackTo }),
      ...(recovers !== undefined && { recovers }),
      ...(reason !== undefined && {
        failure: { code: reason.code },
        evidence: evidence.map(({ service, code, taskArn, container, stopCode, exitCode, alarms }) => ({
          code,
          ...(service !== undefined && { service }),
          ...(taskArn !== undefined && { taskArn }),
          ...(container !== undefined && { container }),
          ...(stopCode !== undefined && { stopCode }),
          ...(exitCode !== undefined && { exitCode }),
          ...(alarms !== undefined && { alarms }),
        })),
      }),
    },
  };
}
