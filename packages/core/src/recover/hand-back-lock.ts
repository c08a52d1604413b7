import { freed, released, type Lesson } from "../lock/hand-back.ts";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { RecoveredExecution } from "../ledger/release-ref.ts";

/** What becomes of a lock when an execution has ended. */
export type LockLeaving =
  /** It has nothing of the execution any more, once `lock` is written; whoever waits is to be woken where it became free. */
  | { state: "left"; lock?: LockRecord; wakes: boolean }
  /** The environment was left midway: the lock waits for a settlement. */
  | { state: "dirty"; lock?: LockRecord };

/**
 * Takes an execution that has ended off its environment's lock: out of the queue, and off the lock itself when the
 * environment is as it was, or when its outcome is committed. A later redrive of the execution keeps what is its own.
 *
 * @param record undefined when the execution ended before it recorded anything
 */
export function handBackLock(
  lock: LockRecord,
  ended: RecoveredExecution,
  record: ReleaseRecord | undefined,
): LockLeaving {
  const waiters = lock.waiters.filter((waiter) => !isOf(waiter, ended));
  const left = waiters.length === lock.waiters.length ? undefined : { ...lock, waiters, version: lock.version + 1 };
  if (lock.holder === undefined || !isOf(lock.holder, ended)) {
    return { state: "left", ...(left !== undefined && { lock: left }), wakes: false };
  }
  if (lock.dirty && !isFinished(record)) return { state: "dirty", ...(left !== undefined && { lock: left }) };
  const passing = { ...lock, waiters };
  const free = record === undefined ? freed(passing) : released(passing, record, lessonOf(record));
  return { state: "left", lock: free, wakes: true };
}

function isOf(one: RecoveredExecution, { executionArn, redriveCount }: RecoveredExecution): boolean {
  return one.executionArn === executionArn && one.redriveCount <= redriveCount;
}

const isFinished = (record: ReleaseRecord | undefined): boolean =>
  record !== undefined && record.status !== "open" && record.status !== "failed";

/** What the conclusion, which did not get as far as giving the lock back, would have taught. */
function lessonOf({ status, images = {}, endedAt = "" }: ReleaseRecord): Lesson {
  if (status === "succeeded") return { proven: images, at: endedAt };
  return status === "unproven" ? { proven: {}, at: endedAt } : { knownBad: {} };
}
