import { LockLostError } from "../lib/errors.ts";
import type { LockLedger } from "../ledger/ports.ts";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";

/** The lock of an environment in which nothing was ever released. */
export function newLock(repository: string, environment: string): LockRecord {
  return { repository, environment, epoch: 0, dirty: false, waiters: [], knownBad: [], version: 0 };
}

/** Whether the release that got the lock with this epoch still holds it. */
export function isHeld(lock: LockRecord, epoch: number): boolean {
  return lock.holder !== undefined && lock.epoch === epoch;
}

/**
 * Makes sure that a release still holds the lock of its environment; to be called right before it changes something.
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
 * Records that a release begins to change its environment: from here on the lock passes only to a rollback of this release.
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
    `release ${id} no longer holds the lock of ${environment} of ${repository} (epoch ${epoch}): its execution was seen closed, or was recovered. The release requests the lock again; there is nothing to do`,
    { code: "LOCK_LOST" },
  );
}
