/** Decides which tasks a rolling update starts and stops next. Independent of time and of ECS's records. */
import type { Stage } from "./shifting.ts";

/** A task that ECS is not stopping, as the scheduler sees it. */
export type RollingTask = {
  /** Whether it counts towards the minimum healthy percent. */
  counts: boolean;
};

export type RolloutView<T extends RollingTask> = {
  desiredCount: number;
  minimumHealthyPercent: number;
  maximumPercent: number;
  /** False once the deployment has failed: then it launches and replaces nothing. */
  mayLaunch: boolean;
  /** The stage of a deployment that shifts traffic; absent for rolling updates and during a rollback. */
  stage?: Stage | undefined;
  /** Tasks of the PRIMARY deployment. */
  primary: readonly T[];
  /** Tasks of all other deployments. */
  others: readonly T[];
};

export type RolloutPlan<T> = {
  start: number;
  stop: readonly T[];
  /** True when the current stage, and not a lack of room, is the reason why the plan does nothing. */
  waits?: boolean;
};

/** Decides one step of a deployment from the tasks that exist now. */
export type RolloutStrategy = <T extends RollingTask>(view: RolloutView<T>) => RolloutPlan<T>;

/**
 * One step of ROLLING: starts as many tasks of the PRIMARY deployment as the maximum allows, and stops as many tasks of
 * the other deployments as the minimum allows. The minimum is rounded up, the maximum down (DeploymentConfiguration in
 * the ECS API reference).
 */
export const rollingUpdate: RolloutStrategy = (view) => {
  const { desiredCount, mayLaunch, primary, others } = view;
  const floor = Math.ceil((desiredCount * view.minimumHealthyPercent) / 100);
  const ceiling = Math.floor((desiredCount * view.maximumPercent) / 100);

  const surplus = leastUsefulFirst(primary).slice(0, Math.max(0, primary.length - desiredCount));
  const room = Math.min(desiredCount - primary.length, ceiling - primary.length - others.length);
  const start = mayLaunch ? Math.max(0, room) : 0;
  // A failed deployment keeps the tasks of the older deployments: only they serve requests.
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
