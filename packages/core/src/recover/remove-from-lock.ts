import type { LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { RecoveredExecution } from "../ledger/release-ref.ts";
import { freed, freedAfter, type ImageOutcome } from "../lock/hand-back.ts";

/** What recovery does to a lock when an execution has ended. `lock` must be written first. */
export type LockRemoval =
  /** The execution neither holds the lock nor waits for it; when `wakes`, the lock became free and its waiters must be woken. */
  | { state: "removed"; lock?: LockRecord; wakes: boolean }
  /** The execution left its environment half changed, and keeps the lock until a recovery takes it over. */
  | { state: "dirty"; lock?: LockRecord };

/**
 * Removes an ended execution from its environment's lock: from the waiters, and from the lock itself when the environment is
 * unchanged or the outcome is committed. A later redrive of the execution keeps its own entries.
 *
 * @param record undefined when the execution ended before it recorded anything
 */
export function removeFromLock(
  lock: LockRecord,
  ended: RecoveredExecution,
  record: ReleaseRecord | undefined,
): LockRemoval {
  const waiters = lock.waiters.filter((waiter) => !isOf(waiter, ended));
  const changed = waiters.length === lock.waiters.length ? undefined : { ...lock, waiters, version: lock.version + 1 };
  if (lock.holder === undefined || !isOf(lock.holder, ended)) {
    return { state: "removed", ...(changed !== undefined && { lock: changed }), wakes: false };
  }
  if (lock.dirty && !isFinished(record)) return { state: "dirty", ...(changed !== undefined && { lock: changed }) };
  const held = { ...lock, waiters };
  const free = record === undefined ? freed(held) : freedAfter(held, record, imageOutcomeOf(record));
  return { state: "removed", lock: free, wakes: true };
}

function isOf(one: RecoveredExecution, { executionArn, redriveCount }: RecoveredExecution): boolean {
  return one.executionArn === executionArn && one.redriveCount <= redriveCount;
}

const isFinished = (record: ReleaseRecord | undefined): boolean =>
  record !== undefined && record.status !== "open" && record.status !== "failed";

/** As `finishRelease` would have recorded it, had it reached the lock. */
function imageOutcomeOf({ status, images = {}, endedAt = "" }: ReleaseRecord): ImageOutcome {
  if (status === "succeeded") return { proven: images, at: endedAt };
  return status === "unproven" ? { proven: {}, at: endedAt } : { knownBad: {} };
}
