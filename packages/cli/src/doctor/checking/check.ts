import type { Finding } from "./finding.ts";
import type { Surroundings } from "./surroundings.ts";

/** Something that doctor looks at. */
export type Check = {
  id: string;
  /** For people: heads its findings. */
  title: string;
  /** One for each thing to look at; they may be run side by side. */
  tasks: (around: Surroundings) => (() => Promise<Finding[]>)[];
};

/**
 * Makes a check of its parts: what there is to look at, what is seen of it, and what is to be thought of that. `judge` decides
 * by the facts alone.
 */
export function check<Target, Facts>(
  id: string,
  title: string,
  parts: {
    targets: (around: Surroundings) => readonly Target[];
    gather: (around: Surroundings, target: Target) => Promise<Facts>;
    judge: (facts: Facts) => Finding[];
  },
): Check {
  return {
    id,
    title,
    tasks: (around) =>
      parts.targets(around).map((target) => async () => parts.judge(await parts.gather(around, target))),
  };
}

/** Runs tasks side by side, no more than `most` at once; the answers are in the tasks' order. */
export async function inParallel<T>(tasks: readonly (() => Promise<T>)[], most: number): Promise<T[]> {
  const answers = new Map<number, T>();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let task = tasks[next]; task !== undefined; task = tasks[next]) {
      const index = next;
      next += 1;
      answers.set(index, await task());
    }
  };
  await Promise.all(Array.from({ length: most }, worker));
  return [...answers].toSorted(([a], [b]) => a - b).map(([, answer]) => answer);
}
