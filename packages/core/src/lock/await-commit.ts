import type { LockRecord } from "../ledger/lock-record.ts";
import type { LockLedger } from "../ledger/ports.ts";

/** A commit that a promotion waits for, and the promotion's release. */
export type AwaitedCommit = NonNullable<LockRecord["awaited"]>[number];

/** Entries of promotions whose commit never gets the lock are dropped by newer ones. */
const maxAwaited = 20;

/**
 * Records in an environment's lock that a promotion waits for a commit, whose releases newer ones then no longer supersede while
 * they build. Idempotent.
 *
 * @throws RetryableError CONFLICT
 */
export async function awaitCommit(
  ledger: Pick<LockLedger, "lock" | "writeLock">,
  environment: Pick<LockRecord, "repository" | "environment">,
  commit: AwaitedCommit,
): Promise<void> {
  const lock = await ledger.lock(environment);
  const { awaited = [] } = lock;
  if (awaited.some(({ sha, by }) => sha === commit.sha && by === commit.by)) return;
  await ledger.writeLock({ ...lock, awaited: [...awaited, commit].slice(-maxAwaited), version: lock.version + 1 });
}

/** The lock after a release of a commit has ended: its promotions find the outcome. */
export function dropAwaited({ awaited, ...lock }: LockRecord, sha: string): LockRecord {
  const others = awaited?.filter((one) => one.sha !== sha) ?? [];
  return { ...lock, ...(others.length > 0 && { awaited: others }) };
}
