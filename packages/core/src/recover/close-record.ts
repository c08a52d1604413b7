import { RejectedError } from "../lib/errors.ts";
import type { ReleaseLedger } from "../ledger/ports.ts";
import type { ObservedExecution } from "../contract/executions.ts";
import type { ReleaseKey } from "../ledger/release-ref.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import { sideEffectsOf } from "../notify/notify-outcome.ts";

/**
 * Closes the record of a release whose execution ended without a conclusion. From then on nothing counts that a function of
 * it still tries: whatever it writes is refused, until a redrive opens the record again.
 *
 * @returns the record as it is then, which may have been concluded meanwhile; undefined when there is none
 */
export async function closeRecord(
  ledger: Pick<ReleaseLedger, "release" | "closeRelease">,
  key: ReleaseKey,
  execution: Pick<ObservedExecution, "error" | "cause"> & { status: string },
  endedAt: string,
): Promise<ReleaseRecord | undefined> {
  const record = await ledger.release(key);
  if (record?.status !== "open") return record;
  const outcome = {
    status: "failed",
    failure: failureOf(execution),
    endedAt,
    pending: sideEffectsOf(record, false),
  } as const;
  try {
    await ledger.closeRelease(key, outcome);
    return { ...record, ...outcome };
  } catch (error) {
    if (!(error instanceof RejectedError && error.code === "CONFLICT")) throw error;
    return await ledger.release(key);
  }
}

/** As Step Functions tells it: an execution that was stopped, or took too long, need not say why. */
function failureOf({ status, error, cause }: Parameters<typeof closeRecord>[2]): { error: string; cause: string } {
  const endings: Readonly<Record<string, string>> = {
    ABORTED: "the execution was stopped",
    TIMED_OUT: "the execution took longer than it may",
    UNKNOWN: "Step Functions does not know the execution any more",
  };
  const ending = endings[status] ?? `the execution ended as ${status}`;
  return { error: error ?? status, cause: cause === undefined || cause === "" ? ending : cause };
}
