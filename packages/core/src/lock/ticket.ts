import type { LockRecord, Ticket } from "../ledger/lock-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";

/** What a release's ticket is made of. */
export function ticketOf({
  id,
  executionArn,
  startedAt,
  requestedAt,
}: Pick<ReleaseRecord, "id" | "executionArn" | "startedAt" | "requestedAt">): Ticket {
  return { release: id, executionArn, startedAt, requestedAt };
}

/** Whether `one` was asked for after `other`; what was asked for at once goes by its start, then by its name. */
export function isLater(one: Ticket, other: Ticket): boolean {
  return order(one, other) > 0;
}

/** The lock with a ticket that is later than every other; undefined when it is not. */
export function takeTicket(lock: LockRecord, ticket: Ticket): LockRecord | undefined {
  if (lock.newest !== undefined && !isLater(ticket, lock.newest)) return undefined;
  return { ...lock, newest: ticket, version: lock.version + 1 };
}

/** Name of the release that makes this one superfluous, once it is so for ever: tickets only get later. */
export function supersededBy({ newest }: Pick<LockRecord, "newest">, ticket: Ticket): string | undefined {
  return newest !== undefined && isLater(newest, ticket) ? newest.release : undefined;
}

function order(one: Ticket, other: Ticket): number {
  return (
    Date.parse(one.requestedAt) - Date.parse(other.requestedAt) ||
    Date.parse(one.startedAt) - Date.parse(other.startedAt) ||
    (one.release < other.release ? -1 : Number(one.release > other.release))
  );
}
