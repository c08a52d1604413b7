import { SideEffectError } from "../lib/errors.ts";
import type { Executions } from "../contract/executions.ts";
import type { LockRecord, LockWaiter } from "../ledger/lock-record.ts";
import type { AcquireLockAnswer } from "../contract/steps.ts";
import { isLater, supersededBy } from "./ticket.ts";

export type WakingTokens = Pick<Executions, "succeedTask">;

/**
 * Lets all waiters poll again, the newest ticket first. They stay among the waiters until they have polled, so that waking again
 * repeats a call that failed; a token that has expired is ignored.
 *
 * @throws SideEffectError WAITERS_NOT_WOKEN once all were tried; the waiters poll by themselves when their heartbeat ends
 */
export async function wakeWaiters(tokens: WakingTokens, waiters: readonly LockWaiter[]): Promise<void> {
  const poll: AcquireLockAnswer = { state: "poll" };
  const newestFirst = waiters.toSorted((one, other) => (isLater(one, other) ? -1 : 1));
  const woken = await Promise.allSettled(newestFirst.map(({ taskToken }) => tokens.succeedTask(taskToken, poll)));
  const failure = woken.find((result) => result.status === "rejected");
  if (failure === undefined) return;
  throw new SideEffectError(
    "the releases that wait for this environment could not be woken; each of them polls within minutes, so there is nothing to do",
    {
      code: "WAITERS_NOT_WOKEN",
      cause: failure.reason,
    },
  );
}

/** The waiters that a newer release supersedes. */
export function supersededWaiters(lock: LockRecord): LockWaiter[] {
  return lock.waiters.filter((waiter) => supersededBy(lock, waiter) !== undefined);
}
