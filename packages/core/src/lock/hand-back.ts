import type { LockLedger } from "../ledger/ports.ts";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import { dropAwaited } from "./await-commit.ts";
import { addKnownBad, dropKnownBad } from "./known-bad-images.ts";
import { isHeld } from "./hold-lock.ts";
import { wakeWaiters, type WakingTokens } from "./wake-waiters.ts";

type Digests = Readonly<Record<string, string>>;

/** Which images a release has proven healthy (`at`: when), and which ones it has shown to be known-bad. */
export type ImageOutcome = { proven: Digests; at: string; knownBad?: Digests } | { knownBad: Digests };

/** The lock without its holder, and clean. */
export function freed(lock: LockRecord): LockRecord {
  const { holder: _, seenClosed: __, ...rest } = lock;
  return { ...rest, dirty: false, version: lock.version + 1 };
}

/** The lock without its holder, and clean, with the outcome of the holder's images. */
export function freedAfter(lock: LockRecord, release: ReleaseRef, outcome: ImageOutcome): LockRecord {
  const free = freed(dropAwaited(lock, release.sha));
  const { newestHolder } = lock;
  if (!("proven" in outcome)) return { ...free, knownBad: addKnownBad(lock.knownBad, release.id, outcome.knownBad) };
  return {
    ...free,
    lastSuccess: { release: release.id, sha: release.sha, at: outcome.at },
    ...(newestHolder?.release === release.id && { newestSuccess: newestHolder }),
    knownBad: addKnownBad(dropKnownBad(lock.knownBad, outcome.proven), release.id, outcome.knownBad ?? {}),
  };
}

/**
 * Frees the lock, once the release's outcome is committed. Idempotent; running it again only repeats a waking that failed.
 *
 * @param lock as it was read before the outcome was committed
 * @returns wakes the waiters; to be called with the other side effects @throws SideEffectError WAITERS_NOT_WOKEN
 * @throws RetryableError CONFLICT when another release wrote the lock meanwhile
 */
export async function handBack(
  { ledger, tokens }: { ledger: Pick<LockLedger, "writeLock">; tokens: WakingTokens },
  lock: LockRecord,
  epoch: number,
  release: ReleaseRef,
  outcome: ImageOutcome,
): Promise<() => Promise<void>> {
  const free = isHeld(lock, epoch) ? freedAfter(lock, release, outcome) : undefined;
  if (free !== undefined) await ledger.writeLock(free);
  const isFree = free !== undefined || lock.holder === undefined;
  return () => (isFree ? wakeWaiters(tokens, lock.waiters) : Promise.resolve());
}
