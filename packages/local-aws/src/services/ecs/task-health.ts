/** Decides when a task counts as healthy, and when as unhealthy. */
import type { EcsContext, TaskRecord } from "./state.ts";

/** A task without any health check counts as healthy this long after it is RUNNING (DeploymentConfiguration, ECS API reference). */
const healthyWithoutCheckAfterMs = 40_000;

/** Counts a task without any health check as healthy after a delay. */
export function onRunning(context: EcsContext, task: TaskRecord): void {
  if (!hasHealthCheck(task)) context.world.clock.after(healthyWithoutCheckAfterMs, () => countAsHealthy(task));
}

/** Applies a health check's result. A failure within the service's grace period counts when the period ends. */
export function onHealth(context: EcsContext, task: TaskRecord, status: "HEALTHY" | "UNHEALTHY"): void {
  if (!hasHealthCheck(task)) return;
  task.lastCheck = status;
  if (hasContainerHealthCheck(task)) task.health = status;
  task.version += 1;
  if (status === "HEALTHY") return countAsHealthy(task);
  const { clock } = context.world;
  const graceMs = (task.service?.options.healthCheckGracePeriodSeconds ?? 0) * 1000;
  const delayMs = Math.max(0, (task.times.startedAt ?? clock.now()) + graceMs - clock.now());
  clock.after(delayMs, () => {
    if (task.desiredStatus !== "RUNNING" || task.lastCheck !== "UNHEALTHY") return;
    task.counts = false;
    task.listener.unhealthy();
  });
}

function countAsHealthy(task: TaskRecord): void {
  if (task.desiredStatus !== "RUNNING" || task.status !== "RUNNING" || task.counts) return;
  task.counts = true;
  task.listener.healthy();
}

function hasHealthCheck(task: TaskRecord): boolean {
  return hasContainerHealthCheck(task) || isLoadBalanced(task);
}

/** Only essential containers determine the health of a task. */
export function hasContainerHealthCheck(task: TaskRecord): boolean {
  return task.containers.some(
    ({ definition }) => (definition.essential ?? true) && definition.healthCheck !== undefined,
  );
}

export function isLoadBalanced(task: TaskRecord): boolean {
  return (task.deployment?.revision.workload.loadBalancers ?? []).length > 0;
}
