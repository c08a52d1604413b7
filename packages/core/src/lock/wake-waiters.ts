import { SideEffectError } from "../lib/errors.ts";
import type { Executions } from "../contract/executions.ts";
import type { LockRecord, LockWaiter } from "../ledger/lock-record.ts";
import type { AcquireLockAnswer } from "../contract/steps.ts";
import { isLater, supersededBy } from "./ticket.ts";

export type WakingTokens = Pick<Executions, "succeedTask">;

/**
 * Has everybody who waits look again, whoever was asked for last first. They stay among the waiters until they have looked,
 * so that waking again makes up for a call that failed; a token that nobody waits with any more is no trouble.
 *
 * @throws SideEffectError WAITERS_NOT_WOKEN once all were tried; they look by themselves when their heartbeat ends
 */
export async function wakeWaiters(tokens: WakingTokens, waiters: readonly LockWaiter[]): Promise<void> {
  const look: AcquireLockAnswer = { state: "look" };
  const first = waiters.toSorted((one, other) => (isLater(one, other) ? -1 : 1));
  const woken = await Promise.allSettled(first.map(({ taskToken }) => tokens.succeedTask(taskToken, look)));
  const failure = woken.find((result) => result.status === "rejected");
  if (failure === undefined) return;
  throw new SideEffectError(
    "whoever waits for the environment could not be woken, and looks within minutes by itself",
    {
      code: "WAITERS_NOT_WOKEN",
      cause: failure.reason,
    },
  );
}

/** Those who wait in vain. */
export function supersededWaiters(lock: LockRecord): LockWaiter[] {
  return lock.waiters.filter((waiter) => supersededBy(lock, waiter) !== undefined);
}
