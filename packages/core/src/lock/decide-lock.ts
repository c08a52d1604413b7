import type { LockHolder, LockRecord, LockWaiter } from "../ledger/lock-record.ts";
import type { RecoveredExecution } from "../ledger/release-ref.ts";
import { freezeInForce } from "./freeze.ts";
import { supersededBy } from "./ticket.ts";

/**
 * What lets a release pass others. A `rollback` is never superseded, and no freeze stops it; so is the `settlement` of an
 * execution that ended midway, which alone may inherit its dirty lock.
 */
export type Priority = { kind: "ordinary" } | { kind: "rollback" } | { kind: "settlement"; of: RecoveredExecution };

/** An execution that asks for an environment's lock. */
export type Asker = Omit<LockWaiter, "waitingSince"> & { priority: Priority };

/** The execution that holds the lock, at one look. */
export type HolderSeen = { running: boolean; redriveCount: number };

/** What to do about it. A `lock` is to be written first; only then the answer is true. */
export type LockDecision =
  | { state: "held"; epoch: number; lock?: LockRecord }
  | { state: "superseded"; by: string; lock?: LockRecord }
  /** It is among the waiters. When nothing wakes it, it is to look again: as ever, or after so many seconds. */
  | { state: "waiting"; lock: LockRecord; pollAfterSeconds?: number };

/** A holder is given up when it was seen closed twice, so far apart: one look may be of an old copy, or before a redrive. */
const suspicionSeconds = 30;

/**
 * Decides whether an execution gets the lock.
 *
 * Whoever holds it already gets it again with the same epoch, so that asking twice changes nothing. A holder that has ended
 * with a clean lock is succeeded on evidence, see `suspicionSeconds`; from a dirty lock nobody can tell what the environment
 * is, and it passes to the holder's own settlement only.
 *
 * @param holder the holder's execution as it is now; undefined when the lock is free or the asker's own
 */
export function decideLock(lock: LockRecord, asker: Asker, holder: HolderSeen | undefined, now: Date): LockDecision {
  if (lock.holder?.executionArn === asker.executionArn) return heldAgain(lock, lock.holder, asker);
  const later = superfluousBy(lock, asker);
  if (later !== undefined) return { state: "superseded", by: later, ...withoutAsker(lock, asker) };
  if (lock.holder !== undefined) {
    const succession = decideSuccession(lock, lock.holder, asker, holder, now);
    if (succession !== "passes") return succession;
  }
  const freeze = asker.priority.kind === "ordinary" ? freezeInForce(lock, now) : undefined;
  if (freeze === undefined) return grant(lock, asker, now);
  const end = freeze.until === undefined ? {} : { pollAfterSeconds: secondsBetween(now, Date.parse(freeze.until)) };
  return { state: "waiting", lock: queued(lock, asker, now), ...end };
}

/** Why an execution is not needed any more. A settlement is not once somebody else holds the lock, or nobody. */
function superfluousBy(lock: LockRecord, asker: Asker): string | undefined {
  switch (asker.priority.kind) {
    case "ordinary":
      return supersededBy(lock, asker);
    case "rollback":
      return undefined;
    case "settlement": {
      const isMidway = lock.dirty && lock.holder?.executionArn === asker.priority.of.executionArn;
      return isMidway ? undefined : (lock.holder?.release ?? lock.lastSuccess?.release ?? "the settled release itself");
    }
  }
}

/** What becomes of a lock that another execution holds. */
function decideSuccession(
  lock: LockRecord,
  { executionArn }: LockHolder,
  asker: Asker,
  seen: HolderSeen | undefined,
  now: Date,
): LockDecision | "passes" {
  const { seenClosed, ...unsuspected } = queued(lock, asker, now);
  if (seen === undefined || seen.running) return { state: "waiting", lock: unsuspected };
  const { redriveCount } = seen;
  if (lock.dirty) {
    const { priority } = asker;
    const inherits =
      priority.kind === "settlement" &&
      priority.of.executionArn === executionArn &&
      priority.of.redriveCount === redriveCount;
    return inherits ? "passes" : { state: "waiting", lock: unsuspected };
  }
  const isKnown = seenClosed?.executionArn === executionArn && seenClosed.redriveCount === redriveCount;
  const since = isKnown ? seenClosed : { executionArn, redriveCount, seenAt: now.toISOString() };
  const endsAt = Date.parse(since.seenAt) + suspicionSeconds * 1000;
  if (now.getTime() >= endsAt) return "passes";
  return {
    state: "waiting",
    lock: { ...unsuspected, seenClosed: since },
    pollAfterSeconds: secondsBetween(now, endsAt),
  };
}

function grant(lock: LockRecord, asker: Asker, now: Date): LockDecision {
  const { freeze: _, seenClosed: __, ...rest } = lock;
  const freeze = freezeInForce(lock, now);
  const epoch = lock.epoch + 1;
  return {
    state: "held",
    epoch,
    lock: {
      ...rest,
      ...(freeze !== undefined && { freeze }),
      epoch,
      holder: holderOf(asker),
      waiters: othersThan(lock, asker),
      version: lock.version + 1,
    },
  };
}

function heldAgain(lock: LockRecord, holder: LockHolder, asker: Asker): LockDecision {
  const { epoch } = lock;
  if (asker.redriveCount <= holder.redriveCount) return { state: "held", epoch };
  return { state: "held", epoch, lock: { ...lock, holder: holderOf(asker), version: lock.version + 1 } };
}

/** An execution waits with one token: the one that came last. */
function queued(lock: LockRecord, asker: Asker, now: Date): LockRecord {
  const { priority: _, ...waiter } = asker;
  const waitingSince = waitingSinceOf(lock, waiter.executionArn) ?? now.toISOString();
  return { ...lock, waiters: [...othersThan(lock, waiter), { ...waiter, waitingSince }], version: lock.version + 1 };
}

/** When an execution that waits asked for the first time. */
export const waitingSinceOf = ({ waiters }: LockRecord, executionArn: string): string | undefined =>
  waiters.find((waiter) => waiter.executionArn === executionArn)?.waitingSince;

function withoutAsker(lock: LockRecord, asker: Asker): { lock?: LockRecord } {
  const waiters = othersThan(lock, asker);
  return waiters.length === lock.waiters.length ? {} : { lock: { ...lock, waiters, version: lock.version + 1 } };
}

const othersThan = ({ waiters }: LockRecord, { executionArn }: Pick<Asker, "executionArn">): LockWaiter[] =>
  waiters.filter((waiter) => waiter.executionArn !== executionArn);

function holderOf({ release, executionArn, startedAt, kind, redriveCount }: Asker): LockHolder {
  return { release, executionArn, startedAt, kind, redriveCount };
}

const secondsBetween = (now: Date, then: number): number => Math.max(1, Math.ceil((then - now.getTime()) / 1000));
