import type { Finding } from "./finding.ts";
import type { CheckContext } from "./context.ts";

/** A part of the installation that doctor checks. */
export type Check = {
  id: string;
  /** The heading of its findings. */
  title: string;
  /** One task per target; tasks may run in parallel. */
  tasks: (context: CheckContext) => (() => Promise<Finding[]>)[];
};

/** A check lists its targets, gathers facts about each, and judges the facts. `judge` sends no requests. */
export function check<Target, Facts>(
  id: string,
  title: string,
  parts: {
    targets: (context: CheckContext) => readonly Target[];
    gather: (context: CheckContext, target: Target) => Promise<Facts>;
    judge: (facts: Facts) => Finding[];
  },
): Check {
  return {
    id,
    title,
    tasks: (context) =>
      parts.targets(context).map((target) => async () => parts.judge(await parts.gather(context, target))),
  };
}

/** Runs at most `limit` tasks at once; the results are in the tasks' order. */
export async function inParallel<T>(tasks: readonly (() => Promise<T>)[], limit: number): Promise<T[]> {
  const answers = new Map<number, T>();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let task = tasks[next]; task !== undefined; task = tasks[next]) {
      const index = next;
      next += 1;
      answers.set(index, await task());
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return [...answers].toSorted(([a], [b]) => a - b).map(([, answer]) => answer);
}
