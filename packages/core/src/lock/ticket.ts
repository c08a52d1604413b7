import type { LockRecord, Ticket } from "../ledger/lock-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";

/** The ticket of a release. */
export function ticketOf({
  id,
  executionArn,
  startedAt,
  requestedAt,
}: Pick<ReleaseRecord, "id" | "executionArn" | "startedAt" | "requestedAt">): Ticket {
  return { release: id, executionArn, startedAt, requestedAt };
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

/** The release that supersedes this one. The answer is final, since a lock's newest ticket only gets newer. */
export function supersededBy({ newest }: Pick<LockRecord, "newest">, ticket: Ticket): string | undefined {
  return newest !== undefined && isLater(newest, ticket) ? newest.release : undefined;
}

function compareTickets(one: Ticket, other: Ticket): number {
  return (
    Date.parse(one.requestedAt) - Date.parse(other.requestedAt) ||
    Date.parse(one.startedAt) - Date.parse(other.startedAt) ||
    (one.release < other.release ? -1 : Number(one.release > other.release))
  );
}
