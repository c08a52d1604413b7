import type { LockRecord, Ticket } from "../ledger/lock-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";

/** The ticket of a release. */
export function ticketOf({
  id,
  executionArn,
  startedAt,
  requestedAt,
  sha,
}: Pick<ReleaseRecord, "id" | "executionArn" | "startedAt" | "requestedAt" | "sha">): Ticket {
  return { release: id, executionArn, startedAt, requestedAt, sha };
}

/** Whether `one` was requested after `other`; at the same time, the start decides, then the name. */
export function isLater(one: Ticket, other: Ticket): boolean {
  return compareTickets(one, other) > 0;
}

/** The lock with a ticket as its newest; undefined when it has a newer one. */
export function takeTicket(lock: LockRecord, ticket: Ticket): LockRecord | undefined {
  if (lock.newest !== undefined && !isLater(ticket, lock.newest)) return undefined;
  return { ...lock, newest: ticket, version: lock.version + 1 };
}

/** What of a lock decides which releases are superseded. */
type Queue = Pick<LockRecord, "newest" | "newestHolder" | "awaited" | "epoch">;

/**
 * The release that supersedes this one: the newest one, once it is planned. A release whose commit a promotion waits for is
 * superseded only by a newer one that has got the lock, so that an older commit never follows a newer one.
 */
export function supersededBy(lock: Queue, ticket: Ticket): string | undefined {
  const rival = isAwaited(lock, ticket) ? newestHolderOf(lock) : lock.newest;
  return rival !== undefined && isLater(rival, ticket) ? rival.release : undefined;
}

/** Whether a release with an older ticket must get the lock first, because a promotion waits for its commit. */
export function mustYield(lock: LockRecord, ticket: Ticket): boolean {
  return lock.waiters.some(
    (waiter) => isAwaited(lock, waiter) && isLater(ticket, waiter) && supersededBy(lock, waiter) === undefined,
  );
}

const isAwaited = ({ awaited = [] }: Queue, { sha }: Ticket): boolean =>
  sha !== undefined && awaited.some((one) => one.sha === sha);

/** A lock of an older version does not say which ticket got it: it may have been any. */
const newestHolderOf = ({ newestHolder, newest, epoch }: Queue): Ticket | undefined =>
  newestHolder ?? (epoch === 0 ? undefined : newest);

function compareTickets(one: Ticket, other: Ticket): number {
  return (
    Date.parse(one.requestedAt) - Date.parse(other.requestedAt) ||
    Date.parse(one.startedAt) - Date.parse(other.startedAt) ||
    (one.release < other.release ? -1 : Number(one.release > other.release))
  );
}
