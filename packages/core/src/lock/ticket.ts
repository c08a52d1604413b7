import type { LockRecord, Ticket } from "../ledger/lock-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import { believedTime } from "../lib/request-time.ts";

/** The ticket of a release. */
export function ticketOf({
  id,
  executionArn,
  startedAt,
  requestedAt,
  sha,
  before,
}: Pick<ReleaseRecord, "id" | "executionArn" | "startedAt" | "requestedAt" | "sha" | "before">): Ticket {
  return { release: id, executionArn, startedAt, requestedAt, sha, ...(before !== undefined && { before }) };
}

/**
 * Whether `one` was requested after `other`. Two pushes in the same second are in the order of the branch's history, as far as
 * they name it; then the exact time decides, then the start, then the name.
 */
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
 * The release that supersedes this one: the newest one, once it is planned or has got the lock. A release whose commit a
 * promotion waits for is superseded only by a newer one that has got the lock, so that an older commit never follows a newer one.
 */
export function supersededBy(lock: Queue, ticket: Ticket): string | undefined {
  const holder = newestHolderOf(lock);
  const rival = isAwaited(lock, ticket) ? holder : newestOf(lock.newest, holder);
  return rival !== undefined && isLater(rival, ticket) ? rival.release : undefined;
}

/** The newest of some tickets. */
export function newestOf(...tickets: readonly (Ticket | undefined)[]): Ticket | undefined {
  return tickets.reduce(
    (newest, ticket) => (newest === undefined || (ticket !== undefined && isLater(ticket, newest)) ? ticket : newest),
    undefined,
  );
}

/** Whether a release with an older ticket must get the lock first, because a promotion waits for its commit. */
export function mustYield(lock: LockRecord, ticket: Ticket): boolean {
  return lock.waiters.some(
    (waiter) => isAwaited(lock, waiter) && isLater(ticket, waiter) && supersededBy(lock, waiter) === undefined,
  );
}

const isAwaited = ({ awaited = [] }: Queue, { sha }: Ticket): boolean =>
  sha !== undefined && awaited.some((one) => one.sha === sha);

/** The newest ticket that got the lock. A lock of an older version does not say which one: it may have been any. */
export const newestHolderOf = ({ newestHolder, newest, epoch }: Queue): Ticket | undefined =>
  newestHolder ?? (epoch === 0 ? undefined : newest);

function compareTickets(one: Ticket, other: Ticket): number {
  const [oneAt, otherAt] = [timeOf(one), timeOf(other)];
  return (
    secondOf(oneAt) - secondOf(otherAt) ||
    Number(follows(one, other)) - Number(follows(other, one)) ||
    oneAt - otherAt ||
    Date.parse(one.startedAt) - Date.parse(other.startedAt) ||
    (one.release < other.release ? -1 : Number(one.release > other.release))
  );
}

/** Tickets of an older version have the claimed time. */
const timeOf = ({ requestedAt, startedAt }: Ticket): number => Date.parse(believedTime(requestedAt, startedAt));

/** GitHub gives the time of a push in whole seconds. */
const secondOf = (milliseconds: number): number => Math.floor(milliseconds / 1000);

/** Whether a push found the branch at the commit of the other push. */
const follows = (one: Ticket, other: Ticket): boolean => one.before !== undefined && one.before === other.sha;
