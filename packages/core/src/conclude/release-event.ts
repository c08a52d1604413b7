import type { ReleaseRecord } from "../records.ts";
import type { FailureReason } from "./failure-reason.ts";

/** Detail types of Lockmaster's events on EventBridge, by outcome. */
const detailTypes = {
  succeeded: "Release Succeeded",
  unproven: "Release Succeeded",
  "rolled-back": "Release Rolled Back",
  "rollback-failed": "Rollback Failed",
} as const;

export type Outcome = Pick<ReleaseRecord, "images" | "services"> & {
  status: keyof typeof detailTypes;
  endedAt: string;
};

/**
 * The event that tells of a release's end. Its form is a contract with whoever listens: `version` counts what breaks it.
 * It carries codes and facts, no sentences: those may quote a container's log, and stay in the ledger with it.
 */
export function releaseEvent(
  record: ReleaseRecord,
  { status, images, services, endedAt }: Outcome,
  reason?: FailureReason,
): { detailType: string; detail: Readonly<Record<string, unknown>> } {
  const { id, executionArn, repository, environment, ref, sha, kind, startedAt, requestedBy, evidence = [] } = record;
  return {
    detailType: detailTypes[status],
    detail: {
      version: "1",
      release: { id, executionArn, kind, repository, environment, ref, sha, startedAt, requestedBy },
      outcome: status,
      endedAt,
      ...(images !== undefined && { images }),
      ...(services !== undefined && { services }),
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
