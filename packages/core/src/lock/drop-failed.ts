import type { LockRecord, Ticket } from "../ledger/lock-record.ts";
import type { ReleaseLedger } from "../ledger/ports.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import { newestHolderOf, newestOf, supersededBy } from "./ticket.ts";

/** Whether a release has ended, and what it was to deploy does not run. */
export const hasEndedInVain = ({ status }: Pick<ReleaseRecord, "status">): boolean =>
  status === "failed" || status === "rolled-back" || status === "rollback-failed";

/**
 * The lock as it counts for a release: a newer one that has ended without success does not supersede it. In its place the newest
 * release that succeeded counts, so that an older commit never follows a newer one.
 *
 * @returns the same version of the lock; the caller writes it with its own change
 */
export async function dropFailed(
  ledger: Pick<ReleaseLedger, "release">,
  lock: LockRecord,
  ticket: Ticket,
): Promise<LockRecord> {
  if (lock.awaited === undefined && supersededBy(lock, ticket) === undefined) return lock;
  const { newest, newestHolder: _, ...rest } = lock;
  const newestHolder = newestHolderOf(lock);
  const unlessFailed = async (one: Ticket | undefined): Promise<Ticket | undefined> => {
    if (one === undefined || one.release === ticket.release) return one;
    const { repository, environment } = lock;
    const record = await ledger.release({ repository, environment, startedAt: one.startedAt, id: one.release });
    return record !== undefined && hasEndedInVain(record) ? undefined : one;
  };
  const [planned, held] = await Promise.all([unlessFailed(newest), unlessFailed(newestHolder)]);
  // A lock of an older version does not have the ticket of its last success, which may be newer than this release: then the newest
  // holder counts even if it failed.
  const lastHolder = held ?? (rest.newestSuccess === undefined && rest.lastSuccess !== undefined ? newestHolder : held);
  const holder = newestOf(lastHolder, rest.newestSuccess);
  const first = newestOf(planned, holder);
  return {
    ...rest,
    ...(first !== undefined && { newest: first }),
    ...(holder !== undefined && { newestHolder: holder }),
  };
}
