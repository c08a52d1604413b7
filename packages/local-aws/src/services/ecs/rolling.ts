/** How a rolling update goes on: which tasks to start and to stop next. Knows nothing of time or of ECS's records. */
import type { Stage } from "./shifting.ts";

/** A task that was not told to end, in the eyes of the scheduler. */
export type RollingTask = {
  /** Whether it counts towards the minimum healthy percent. */
  counts: boolean;
};

export type RolloutView<T extends RollingTask> = {
  desiredCount: number;
  minimumHealthyPercent: number;
  maximumPercent: number;
  /** False once the deployment has failed: it launches and replaces nothing any more. */
  mayLaunch: boolean;
  /** Where a deployment stands that shifts traffic; absent for rolling updates and on the way back. */
  stage?: Stage | undefined;
  /** Tasks of the PRIMARY deployment. */
  primary: readonly T[];
  /** Tasks of every other deployment. */
  others: readonly T[];
};

export type RolloutPlan<T> = {
  start: number;
  stop: readonly T[];
  /** Nothing is done because it is not its time, and not for want of room. */
  waits?: boolean;
};

/** A deployment strategy decides one step at a time, from what runs now. */
export type RolloutStrategy = <T extends RollingTask>(view: RolloutView<T>) => RolloutPlan<T>;

/**
 * One step of ROLLING: starts as many tasks of the PRIMARY deployment as the maximum allows, and stops as many others as
 * the minimum allows. The minimum is rounded up, the maximum down (DeploymentConfiguration in the ECS API reference).
 */
export const rollingUpdate: RolloutStrategy = (view) => {
  const { desiredCount, mayLaunch, primary, others } = view;
  const floor = Math.ceil((desiredCount * view.minimumHealthyPercent) / 100);
  const ceiling = Math.floor((desiredCount * view.maximumPercent) / 100);

  const surplus = leastUsefulFirst(primary).slice(0, Math.max(0, primary.length - desiredCount));
  const room = Math.min(desiredCount - primary.length, ceiling - primary.length - others.length);
  const start = mayLaunch ? Math.max(0, room) : 0;
  // A failed deployment leaves what the older ones still run: it is all that serves.
  if (!mayLaunch) return { start, stop: surplus };

  const healthy = countHealthy(primary) - countHealthy(surplus) + countHealthy(others);
  const spare = Math.max(0, healthy - floor);
  const idle = others.filter((task) => !task.counts);
  const replaced = others.filter((task) => task.counts).slice(0, spare);
  return { start, stop: [...surplus, ...idle, ...replaced] };
};

function leastUsefulFirst<T extends RollingTask>(tasks: readonly T[]): readonly T[] {
  return [...tasks.filter((task) => !task.counts), ...tasks.filter((task) => task.counts)];
}

function countHealthy(tasks: readonly RollingTask[]): number {
  return tasks.filter((task) => task.counts).length;
}
