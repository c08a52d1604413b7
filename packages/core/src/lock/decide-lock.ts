import type { LockHolder, LockRecord, LockWaiter, Ticket } from "../ledger/lock-record.ts";
import type { RecoveredExecution } from "../ledger/release-ref.ts";
import { freezeInForce } from "./freeze.ts";
import { isLater, mustYield, supersededBy, takeTicket } from "./ticket.ts";

/**
 * A `rollback` is never superseded, and no freeze stops it. The same holds for a `recovery`, which alone may take over the dirty
 * lock of the execution that it recovers.
 */
export type Priority = { kind: "normal" } | { kind: "rollback" } | { kind: "recovery"; of: RecoveredExecution };

/** An execution that requests an environment's lock. */
export type LockRequest = Omit<LockWaiter, "waitingSince"> & { priority: Priority };

/** The execution that holds the lock, as Step Functions shows it now. */
export type ObservedHolder = { running: boolean; redriveCount: number };

/** The caller writes `lock` first; the decision takes effect only then. */
export type LockDecision =
  | { state: "held"; epoch: number; lock?: LockRecord }
  | { state: "superseded"; by: string; lock?: LockRecord }
  /** It is among the waiters, and polls again when it is woken or after this many seconds; without them, at its wait limit. */
  | { state: "waiting"; lock: LockRecord; pollAfterSeconds?: number };

/**
 * A holder loses its lock when its execution was seen closed twice, at least this far apart: one observation may be outdated, or
 * from before a redrive.
 */
const minSecondsBetweenSeenClosed = 30;

/** The release with precedence may end without having had the lock: then only its recovery removes it from the waiters. */
const secondsUntilYieldIsChecked = 60;

/**
 * Decides whether an execution gets the lock.
 *
 * The holder gets it again with the same epoch, so that a repeated request changes nothing. A holder that has ended with a clean
 * lock loses it, see `minSecondsBetweenSeenClosed`. A dirty lock passes only to the recovery of its holder, since the state of
 * the environment is unknown.
 *
 * @param holder undefined when the lock is free or held by the requesting execution
 */
export function decideLock(
  lock: LockRecord,
  request: LockRequest,
  holder: ObservedHolder | undefined,
  now: Date,
): LockDecision {
  if (lock.holder?.executionArn === request.executionArn) return holdAgain(lock, lock.holder, request);
  const superseding = supersedingRelease(lock, request);
  if (superseding !== undefined) return { state: "superseded", by: superseding, ...withoutWaiter(lock, request) };
  if (lock.holder !== undefined) {
    const takeover = decideTakeover(lock, lock.holder, request, holder, now);
    if (takeover !== "allowed") return takeover;
  }
  const freeze = request.priority.kind === "normal" ? freezeInForce(lock, now) : undefined;
  if (freeze === undefined) {
    const yields = request.priority.kind === "normal" && mustYield(lock, request);
    return yields
      ? { state: "waiting", lock: queued(lock, request, now), pollAfterSeconds: secondsUntilYieldIsChecked }
      : grant(lock, request, now);
  }
  const end = freeze.until === undefined ? {} : { pollAfterSeconds: secondsBetween(now, Date.parse(freeze.until)) };
  return { state: "waiting", lock: queued(lock, request, now), ...end };
}

/** A recovery is superseded once the execution that it recovers no longer holds the dirty lock. */
function supersedingRelease(lock: LockRecord, request: LockRequest): string | undefined {
  switch (request.priority.kind) {
    case "normal":
      return supersededBy(lock, request);
    case "rollback":
      return undefined;
    case "recovery": {
      const isNeeded = lock.dirty && lock.holder?.executionArn === request.priority.of.executionArn;
      return isNeeded
        ? undefined
        : (lock.holder?.release ?? lock.lastSuccess?.release ?? "the recovered release itself");
    }
  }
}

/** Whether the lock of another execution may pass to this one. */
function decideTakeover(
  lock: LockRecord,
  { executionArn }: LockHolder,
  request: LockRequest,
  holder: ObservedHolder | undefined,
  now: Date,
): LockDecision | "allowed" {
  const { seenClosed, ...notSeenClosed } = queued(lock, request, now);
  if (holder === undefined || holder.running) return { state: "waiting", lock: notSeenClosed };
  const { redriveCount } = holder;
  if (lock.dirty) {
    const { priority } = request;
    const recoversHolder =
      priority.kind === "recovery" &&
      priority.of.executionArn === executionArn &&
      priority.of.redriveCount === redriveCount;
    return recoversHolder ? "allowed" : { state: "waiting", lock: notSeenClosed };
  }
  const isKnown = seenClosed?.executionArn === executionArn && seenClosed.redriveCount === redriveCount;
  const first = isKnown ? seenClosed : { executionArn, redriveCount, seenAt: now.toISOString() };
  const endsAt = Date.parse(first.seenAt) + minSecondsBetweenSeenClosed * 1000;
  if (now.getTime() >= endsAt) return "allowed";
  return {
    state: "waiting",
    lock: { ...notSeenClosed, seenClosed: first },
    pollAfterSeconds: secondsBetween(now, endsAt),
  };
}

function grant(lock: LockRecord, request: LockRequest, now: Date): LockDecision {
  const { freeze: _, seenClosed: __, ...rest } = withTicket(lock, request);
  const freeze = freezeInForce(lock, now);
  const epoch = lock.epoch + 1;
  return {
    state: "held",
    epoch,
    lock: {
      ...rest,
      ...(freeze !== undefined && { freeze }),
      epoch,
      holder: holderOf(request),
      ...newestHolderOf(lock, request),
      waiters: otherWaiters(lock, request),
      version: lock.version + 1,
    },
  };
}

/** A recovery restores what was there: it supersedes no release. */
function newestHolderOf({ newestHolder }: LockRecord, request: LockRequest): Pick<LockRecord, "newestHolder"> {
  if (request.priority.kind === "recovery" || (newestHolder !== undefined && !isLater(request, newestHolder)))
    return {};
  return { newestHolder: ticketIn(request) };
}

/** A redriven release takes its ticket again: another one may have become the newest when it failed. */
function withTicket(lock: LockRecord, request: LockRequest): LockRecord {
  if (request.priority.kind === "recovery") return lock;
  const newest = takeTicket(lock, ticketIn(request))?.newest;
  return newest === undefined ? lock : { ...lock, newest };
}

function ticketIn({ release, executionArn, startedAt, requestedAt, sha, before }: LockRequest): Ticket {
  return {
    release,
    executionArn,
    startedAt,
    requestedAt,
    ...(sha !== undefined && { sha }),
    ...(before !== undefined && { before }),
  };
}

function holdAgain(lock: LockRecord, holder: LockHolder, request: LockRequest): LockDecision {
  const { epoch } = lock;
  if (request.redriveCount <= holder.redriveCount) return { state: "held", epoch };
  return { state: "held", epoch, lock: { ...lock, holder: holderOf(request), version: lock.version + 1 } };
}

/** An execution waits with one token: the last one. */
function queued(lock: LockRecord, request: LockRequest, now: Date): LockRecord {
  const { priority: _, ...waiter } = request;
  const waitingSince = waitingSinceOf(lock, waiter.executionArn) ?? now.toISOString();
  const waiters = [...otherWaiters(lock, waiter), { ...waiter, waitingSince }];
  return { ...withTicket(lock, request), waiters, version: lock.version + 1 };
}

/** When a waiting execution first requested the lock. */
export const waitingSinceOf = ({ waiters }: LockRecord, executionArn: string): string | undefined =>
  waiters.find((waiter) => waiter.executionArn === executionArn)?.waitingSince;

function withoutWaiter(lock: LockRecord, request: LockRequest): { lock?: LockRecord } {
  const waiters = otherWaiters(lock, request);
  return waiters.length === lock.waiters.length ? {} : { lock: { ...lock, waiters, version: lock.version + 1 } };
}

const otherWaiters = ({ waiters }: LockRecord, { executionArn }: Pick<LockRequest, "executionArn">): LockWaiter[] =>
  waiters.filter((waiter) => waiter.executionArn !== executionArn);

function holderOf({ release, executionArn, startedAt, kind, redriveCount }: LockRequest): LockHolder {
  return { release, executionArn, startedAt, kind, redriveCount };
}

const secondsBetween = (now: Date, then: number): number => Math.max(1, Math.ceil((then - now.getTime()) / 1000));
