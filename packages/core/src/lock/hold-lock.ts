import { LockLostError } from "../lib/errors.ts";
import type { LockLedger } from "../ledger/ports.ts";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";

/** The lock of an environment in which nothing was ever released. */
export function freeLock(repository: string, environment: string): LockRecord {
  return { repository, environment, epoch: 0, dirty: false, waiters: [], knownBad: [], version: 0 };
}

/** Whether whoever was told this epoch holds the lock still. */
export function isHeld(lock: LockRecord, epoch: number): boolean {
  return lock.holder !== undefined && lock.epoch === epoch;
}

/**
 * Makes sure that a release may still act in its environment; right before it acts.
 *
 * @throws LockLostError LOCK_LOST
 */
export async function requireLock(
  ledger: Pick<LockLedger, "lock">,
  release: ReleaseRef,
  epoch: number,
): Promise<LockRecord> {
  const lock = await ledger.lock(release);
  if (!isHeld(lock, epoch)) throw lostLock(release, epoch);
  return lock;
}

/**
 * Notes that a release begins to change its environment: from here on only a rollback of just that may follow it.
 *
 * @throws LockLostError LOCK_LOST
 */
export async function beginToChange(
  ledger: Pick<LockLedger, "markDirty">,
  release: ReleaseRef,
  epoch: number,
): Promise<void> {
  if (!(await ledger.markDirty(release, epoch))) throw lostLock(release, epoch);
}

export function lostLock({ id, repository, environment }: ReleaseRef, epoch: number): LockLostError {
  return new LockLostError(
    `${id} held the lock of ${environment} of ${repository} with epoch ${epoch}, and it has passed on. It asks for it again`,
    { code: "LOCK_LOST" },
  );
}
