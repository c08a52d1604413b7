/** When a task counts as healthy, and when it is given up as unhealthy. */
import type { EcsContext, TaskRecord } from "./state.ts";

/** A task without any health check counts as healthy so long after it runs (DeploymentConfiguration, ECS API reference). */
const unproblematicAfterMs = 40_000;

/** A task that runs and has no health check of any kind needs only some time. */
export function onRunning(context: EcsContext, task: TaskRecord): void {
  if (!hasHealthCheck(task)) context.world.clock.after(unproblematicAfterMs, () => countIn(task));
}

/** What a health check found; failures within the service's grace period count when it is over. */
export function onHealth(context: EcsContext, task: TaskRecord, status: "HEALTHY" | "UNHEALTHY"): void {
  if (!hasHealthCheck(task)) return;
  task.lastCheck = status;
  if (hasContainerHealthCheck(task)) task.health = status;
  task.version += 1;
  if (status === "HEALTHY") return countIn(task);
  const { clock } = context.world;
  const graceMs = (task.service?.options.healthCheckGracePeriodSeconds ?? 0) * 1000;
  const delayMs = Math.max(0, (task.times.startedAt ?? clock.now()) + graceMs - clock.now());
  clock.after(delayMs, () => {
    if (task.desiredStatus !== "RUNNING" || task.lastCheck !== "UNHEALTHY") return;
    task.counts = false;
    task.listener.unhealthy();
  });
}

function countIn(task: TaskRecord): void {
  if (task.desiredStatus !== "RUNNING" || task.status !== "RUNNING" || task.counts) return;
  task.counts = true;
  task.listener.healthy();
}

function hasHealthCheck(task: TaskRecord): boolean {
  return hasContainerHealthCheck(task) || isLoadBalanced(task);
}

/** Only essential containers decide about the health of a task. */
export function hasContainerHealthCheck(task: TaskRecord): boolean {
  return task.containers.some(
    ({ definition }) => (definition.essential ?? true) && definition.healthCheck !== undefined,
  );
}

export function isLoadBalanced(task: TaskRecord): boolean {
  return (task.deployment?.revision.workload.loadBalancers ?? []).length > 0;
}
