import type { LockLedger } from "../ledger/ports.ts";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import { addKnownBad, dropKnownBad } from "./known-bad-images.ts";
import { isHeld } from "./hold-lock.ts";
import { wakeWaiters, type WakingTokens } from "./wake-waiters.ts";

type Digests = Readonly<Record<string, string>>;

/** What the environment has learned from the release that gives its lock back. */
export type Lesson = { proven: Digests; at: string; knownBad?: Digests } | { knownBad: Digests };

/** The lock without its holder, clean. */
export function freed(lock: LockRecord): LockRecord {
  const { holder: _, seenClosed: __, ...rest } = lock;
  return { ...rest, dirty: false, version: lock.version + 1 };
}

/** The lock without its holder, clean, with what the environment has learned from that one's release. */
export function released(lock: LockRecord, release: ReleaseRef, lesson: Lesson): LockRecord {
  if (!("proven" in lesson))
    return { ...freed(lock), knownBad: addKnownBad(lock.knownBad, release.id, lesson.knownBad) };
  return {
    ...freed(lock),
    lastSuccess: { release: release.id, sha: release.sha, at: lesson.at },
    knownBad: addKnownBad(dropKnownBad(lock.knownBad, lesson.proven), release.id, lesson.knownBad ?? {}),
  };
}

/**
 * Gives the lock back, once the release's outcome is committed. Once more, it only makes up for a waking that failed.
 *
 * @param lock as it was read before the outcome was committed
 * @returns wakes who waits; to be called beside the other side effects @throws SideEffectError WAITERS_NOT_WOKEN
 * @throws RetryableError CONFLICT when somebody queued up meanwhile
 */
export async function handBack(
  { ledger, tokens }: { ledger: Pick<LockLedger, "writeLock">; tokens: WakingTokens },
  lock: LockRecord,
  epoch: number,
  release: ReleaseRef,
  lesson: Lesson,
): Promise<() => Promise<void>> {
  const free = isHeld(lock, epoch) ? released(lock, release, lesson) : undefined;
  if (free !== undefined) await ledger.writeLock(free);
  const isFree = free !== undefined || lock.holder === undefined;
  return () => (isFree ? wakeWaiters(tokens, lock.waiters) : Promise.resolve());
}
