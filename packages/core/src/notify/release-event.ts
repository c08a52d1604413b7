import type { ReleaseRecord, ReleaseStatus } from "../ledger/release-record.ts";
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

/** Of a check: nobody who waits for releases is to hear of a pull request. */
const checkTypes = { succeeded: "Check Passed", failed: "Check Failed" } as const;

/**
 * The event that tells of a release's end. Its form is a contract with whoever listens: `version` counts what breaks it.
 * It carries codes and facts, no sentences: those may quote a container's log, and stay in the ledger with it.
 *
 * @param record of a release that has ended
 */
export function releaseEvent(
  record: ReleaseRecord,
  reason?: FailureReason,
): { detailType: string; detail: Readonly<Record<string, unknown>> } {
  const { id, executionArn, repository, environment, ref, sha, kind, startedAt, requestedBy } = record;
  const { status, images, services, endedAt, supersededBy, rollsBackTo, recovers, evidence = [] } = record;
  // Until it has released something, a record's images are those that it was planned to keep.
  const hasReleased = status === "succeeded" || status === "unproven";
  if (status === "open") throw new Error(`The release ${id} has not ended: there is nothing to tell`);
  return {
    detailType:
      kind === "check" && (status === "succeeded" || status === "failed") ? checkTypes[status] : detailTypes[status],
    detail: {
      version: "1",
      release: { id, executionArn, kind, repository, environment, ref, sha, startedAt, requestedBy },
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
