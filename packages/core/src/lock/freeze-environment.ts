import { RetryableError } from "../lib/errors.ts";
import type { LockLedger } from "../ledger/ports.ts";
import type { Freeze, LockRecord } from "../ledger/lock-record.ts";
import { freeze, unfreeze } from "./freeze.ts";
import { wakeWaiters, type WakingTokens } from "./wake-waiters.ts";

export type FreezePorts = { ledger: Pick<LockLedger, "lock" | "writeLock">; tokens: WakingTokens };

type Where = Pick<LockRecord, "repository" | "environment">;

/** Releases write the lock as well; to meet them so often in a row takes more than chance. */
const mostConflicts = 10;

/**
 * Freezes an environment: releases wait at its lock, or are refused; one that holds it goes on. Instead of a freeze that is
 * in force already.
 *
 * @throws RetryableError CONFLICT @throws SideEffectError WAITERS_NOT_WOKEN
 */
export async function freezeEnvironment(ports: FreezePorts, where: Where, given: Freeze): Promise<void> {
  const lock = await change(ports.ledger, where, (found) => freeze(found, given));
  // A freeze that refuses refuses those who wait, too; one that ends sooner is waited for less long.
  await wakeWaiters(ports.tokens, lock?.waiters ?? []);
}

/**
 * Ends an environment's freeze, and wakes who waits.
 *
 * @returns what was ended; undefined when there was none
 * @throws RetryableError CONFLICT @throws SideEffectError WAITERS_NOT_WOKEN
 */
export async function unfreezeEnvironment(ports: FreezePorts, where: Where): Promise<Freeze | undefined> {
  let ended: Freeze | undefined;
  const lock = await change(ports.ledger, where, (found) => {
    ended = found.freeze;
    return unfreeze(found);
  });
  await wakeWaiters(ports.tokens, lock?.waiters ?? []);
  return ended;
}

async function change(
  ledger: FreezePorts["ledger"],
  where: Where,
  decide: (lock: LockRecord) => LockRecord | undefined,
): Promise<LockRecord | undefined> {
  for (let conflicts = 0; ; conflicts += 1) {
    const changed = decide(await ledger.lock(where));
    if (changed === undefined) return undefined;
    try {
      await ledger.writeLock(changed);
      return changed;
    } catch (error) {
      if (!(error instanceof RetryableError) || error.code !== "CONFLICT" || conflicts === mostConflicts) throw error;
    }
  }
}
