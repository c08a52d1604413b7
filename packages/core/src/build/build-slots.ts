import type { Executions } from "../contract/executions.ts";
import type { SlotWaiter } from "../ledger/build-slots.ts";
import type { BuildSlotLedger } from "../ledger/ports.ts";
import { BuildSlotError } from "../lib/errors.ts";

export type WakeSlotsPorts = { ledger: BuildSlotLedger; tokens: Pick<Executions, "failTask"> };

/** In the order in which they get a slot. */
const ranks: readonly SlotWaiter["rank"][] = ["urgent", "release", "check"];

/**
 * Lets builds that wait for a slot in CodeBuild's queue request it again, when a build has ended. A build stays in the ledger's
 * list until it is started; one whose execution no longer waits is removed.
 *
 * @param slots how many may have become free
 * @returns how many were woken
 */
export async function wakeForSlots({ ledger, tokens }: WakeSlotsPorts, slots: number, now: Date): Promise<number> {
  const found = await ledger.buildSlots();
  let waiting = Object.values(found.waiters);
  if (waiting.length === 0) return 0;
  const turns = new Map(Object.entries(found.turns));
  const gone: SlotWaiter[] = [];
  const woken = new Map<string, string>();
  let count = 0;
  while (count < slots) {
    const next = nextForSlot(waiting, turns);
    if (next === undefined) break;
    waiting = waiting.filter((waiter) => waiter !== next);
    if (await wake(tokens, next)) {
      count += 1;
      turns.set(next.execution, now.toISOString());
      woken.set(next.execution, now.toISOString());
    } else gone.push(next);
  }
  const left = [...turns.keys()].filter((execution) => !waiting.some((waiter) => waiter.execution === execution));
  const forgotten = left.filter((execution) => !woken.has(execution)).map((execution) => [execution, undefined]);
  await ledger.leaveSlots(gone, Object.fromEntries([...woken, ...forgotten]));
  return count;
}

/**
 * The build that gets the next slot: one that an operator requested before a push's, a release's before a check's; then that of
 * the execution which has gone without a slot for longest, so that a release of many images does not hold up one of a few.
 */
export function nextForSlot(
  waiting: readonly SlotWaiter[],
  turns: ReadonlyMap<string, string>,
): SlotWaiter | undefined {
  const lastTurn = ({ execution }: SlotWaiter): string => turns.get(execution) ?? "";
  const compare = (one: SlotWaiter, other: SlotWaiter): number =>
    ranks.indexOf(one.rank) - ranks.indexOf(other.rank) ||
    compareTexts(lastTurn(one), lastTurn(other)) ||
    compareTexts(one.since, other.since) ||
    compareTexts(one.image, other.image);
  return waiting.toSorted(compare)[0];
}

const compareTexts = (a: string, b: string): number => Number(a > b) - Number(a < b);

function wake(tokens: WakeSlotsPorts["tokens"], { image, sha, taskToken }: SlotWaiter): Promise<boolean> {
  const error = new BuildSlotError(`image ${image} of ${sha.slice(0, 12)} requests its build again`, {
    code: "AWS_UNAVAILABLE",
  });
  return tokens.failTask(taskToken, error.name, JSON.stringify({ errorType: error.name, errorMessage: error.message }));
}
