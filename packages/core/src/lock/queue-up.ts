import type { LockLedger, ReleaseLedger } from "../ledger/ports.ts";
import type { Ticket } from "../ledger/lock-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import { refuseFrozen } from "./freeze.ts";
import { dropFailed } from "./drop-failed.ts";
import { supersededBy, takeTicket, ticketOf } from "./ticket.ts";
import { supersededWaiters, wakeWaiters, type WakingTokens } from "./wake-waiters.ts";

/**
 * `by`: the newer release that supersedes this one. `displaced`: the ticket that was the newest until now, if its release is
 * superseded.
 */
export type Queued = { state: "superseded"; by: string } | { state: "queued"; displaced?: Ticket };

/**
 * Takes a planned release's ticket in its environment's queue, and wakes the waiters with older tickets, which are superseded.
 * Idempotent; running it again repeats a waking that failed. A freeze does not stop a rollback.
 *
 * @throws RejectedError ENVIRONMENT_FROZEN @throws RetryableError CONFLICT @throws SideEffectError WAITERS_NOT_WOKEN
 */
export async function queueUp(
  {
    ledger,
    tokens,
  }: { ledger: Pick<LockLedger, "lock" | "writeLock"> & Pick<ReleaseLedger, "release">; tokens: WakingTokens },
  record: ReleaseRecord,
  now: Date,
): Promise<Queued> {
  const ticket = ticketOf(record);
  const lock = await dropFailed(ledger, await ledger.lock(record), ticket);
  const by = supersededBy(lock, ticket);
  if (by !== undefined) return { state: "superseded", by };
  if (record.kind !== "rollback") refuseFrozen(lock, now);
  const taken = takeTicket(lock, ticket);
  if (taken !== undefined) await ledger.writeLock(taken);
  await wakeWaiters(tokens, supersededWaiters(taken ?? lock));
  const isDisplaced =
    lock.newest !== undefined && taken !== undefined && supersededBy(taken, lock.newest) !== undefined;
  return { state: "queued", ...(isDisplaced && { displaced: lock.newest }) };
}

/** The newer release that supersedes a planned one by now; for steps that wait. */
export async function findSuperseding(
  ledger: Pick<LockLedger, "lock"> & Pick<ReleaseLedger, "release">,
  release: ReleaseRef,
): Promise<string | undefined> {
  const lock = await ledger.lock(release);
  if (lock.newest === undefined || lock.newest.release === release.id) return undefined;
  const record = await ledger.release(release);
  if (record === undefined) return undefined;
  const ticket = ticketOf(record);
  return supersededBy(await dropFailed(ledger, lock, ticket), ticket);
}
