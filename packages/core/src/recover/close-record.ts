import { RejectedError } from "../lib/errors.ts";
import type { ReleaseLedger } from "../ledger/ports.ts";
import type { ObservedExecution } from "../contract/executions.ts";
import type { ReleaseKey } from "../ledger/release-ref.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import { sideEffectsOf } from "../notify/notify-outcome.ts";

/**
 * Closes the record of a release whose execution ended without finishing it. From then on the ledger refuses what a late function
 * of the execution writes, until a redrive reopens the record.
 *
 * @returns the record as it is then, which `finishRelease` may have closed meanwhile; undefined when there is none
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

/** Step Functions gives no reason for an execution that was stopped or timed out. */
function failureOf({ status, error, cause }: Parameters<typeof closeRecord>[2]): { error: string; cause: string } {
  const endings: Readonly<Record<string, string>> = {
    ABORTED: "the execution was stopped",
    TIMED_OUT: "the execution exceeded its timeout",
    UNKNOWN: "Step Functions no longer knows the execution",
  };
  const ending = endings[status] ?? `the execution ended as ${status}`;
  return { error: error ?? status, cause: cause === undefined || cause === "" ? ending : cause };
}
