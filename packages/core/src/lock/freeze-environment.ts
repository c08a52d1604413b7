import { RetryableError } from "../lib/errors.ts";
import type { LockLedger } from "../ledger/ports.ts";
import type { Freeze, LockRecord } from "../ledger/lock-record.ts";
import { freeze, unfreeze } from "./freeze.ts";
import { wakeWaiters, type WakingTokens } from "./wake-waiters.ts";

export type FreezePorts = { ledger: Pick<LockLedger, "lock" | "writeLock">; tokens: WakingTokens };

type EnvironmentKey = Pick<LockRecord, "repository" | "environment">;

/** Releases write the lock too, but this many conflicts in a row are not a coincidence. */
const maxConflicts = 10;

/**
 * Freezes an environment: releases wait at its lock, or are refused; a release that holds the lock continues. Replaces a freeze
 * that is in force.
 *
 * @throws RetryableError CONFLICT @throws SideEffectError WAITERS_NOT_WOKEN
 */
export async function freezeEnvironment(ports: FreezePorts, key: EnvironmentKey, given: Freeze): Promise<void> {
  const lock = await change(ports.ledger, key, (found) => freeze(found, given));
  // A freeze in mode `refuse` also refuses the waiters; a freeze that ends earlier shortens their wait.
  await wakeWaiters(ports.tokens, lock?.waiters ?? []);
}

/**
 * Ends an environment's freeze, and wakes the waiters.
 *
 * @returns the freeze that was ended; undefined when there was none
 * @throws RetryableError CONFLICT @throws SideEffectError WAITERS_NOT_WOKEN
 */
export async function unfreezeEnvironment(ports: FreezePorts, key: EnvironmentKey): Promise<Freeze | undefined> {
  let ended: Freeze | undefined;
  const lock = await change(ports.ledger, key, (found) => {
    ended = found.freeze;
    return unfreeze(found);
  });
  await wakeWaiters(ports.tokens, lock?.waiters ?? []);
  return ended;
}

async function change(
  ledger: FreezePorts["ledger"],
  key: EnvironmentKey,
  decide: (lock: LockRecord) => LockRecord | undefined,
): Promise<LockRecord | undefined> {
  for (let conflicts = 0; ; conflicts += 1) {
    const changed = decide(await ledger.lock(key));
    if (changed === undefined) return undefined;
    try {
      await ledger.writeLock(changed);
      return changed;
    } catch (error) {
      if (!(error instanceof RetryableError) || error.code !== "CONFLICT" || conflicts === maxConflicts) throw error;
    }
  }
}
