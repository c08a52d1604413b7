/** The lifecycle of a task, from PROVISIONING to STOPPED, driven by the engine's events and by stop requests. */
import type { TaskStopCode } from "@aws-sdk/client-ecs";
import type { ContainerEnd, TaskEvent } from "../../engines/engine.ts";
import { emitTaskState } from "./events.ts";
import type { ContainerRecord, EcsContext, TaskMoment, TaskRecord, TaskStatus } from "./state.ts";
import { isLoadBalanced, onHealth, onRunning } from "./task-health.ts";

/** How long ECS shows a stopped task. */
export const stoppedTaskShownMs = 3_600_000;
/** Default of a target group's `deregistration_delay.timeout_seconds`: how long old connections drain. */
const deregistrationDelayMs = 300_000;
/** Detaching and deleting the network interface. */
const deprovisioningMs = 10_000;

/** Applies an event of the engine to a task. */
export function onTaskEvent(context: EcsContext, task: TaskRecord, event: TaskEvent): void {
  if (task.status === "DEPROVISIONING" || task.status === "STOPPED") return;
  // While a task is being stopped, no other event changes its status.
  if (task.desiredStatus === "STOPPED" && event.type !== "stopped") return;
  switch (event.type) {
    case "unregistered":
      return task.listener.unregistered(event.message);
    case "provisioned":
      recordTime(context, task, "connectivityAt", "pullStartedAt");
      return setStatus(context, task, "PENDING");
    case "pulled":
      recordTime(context, task, "pullStoppedAt");
      for (const container of task.containers) {
        const digest = event.digests[container.name];
        recordDigest(task, container, digest);
        recordPull(context, container, digest);
      }
      return setStatus(context, task, "ACTIVATING");
    case "running":
      recordTime(context, task, "startedAt");
      setStatus(context, task, "RUNNING");
      return onRunning(context, task);
    case "health":
      return onHealth(context, task, event.status);
    case "stopped":
      return onStopped(context, task, event);
  }
}

/** Images of ECR know when they were pulled last. */
function recordPull({ images }: EcsContext, { image }: ContainerRecord, digest: string | undefined): void {
  const [, repository] = /\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/([^:@]+)/.exec(image) ?? [];
  if (repository !== undefined && digest !== undefined) images.recordPull(repository, digest);
}

function recordDigest(task: TaskRecord, container: ContainerRecord, digest: string | undefined): void {
  if (digest === undefined) return;
  container.digest = digest;
  const digests = task.deployment?.revision.digests;
  if (digests?.has(container.name) === false) digests.set(container.name, digest);
}

function onStopped(context: EcsContext, task: TaskRecord, event: Extract<TaskEvent, { type: "stopped" }>): void {
  if (task.desiredStatus === "STOPPED") return deprovision(context, task, event.containers);
  const before = { ran: task.times.startedAt !== undefined, counted: task.counts };
  task.desiredStatus = "STOPPED";
  task.stop = { code: event.stopCode, reason: event.stoppedReason };
  recordTime(context, task, "stoppingAt");
  deprovision(context, task, event.containers);
  task.listener.ended(before);
}

/** Stops a task: deregisters it from the load balancer, then stops its containers, then removes its network interface. */
export function stopTask(context: EcsContext, task: TaskRecord, stop: { code: TaskStopCode; reason: string }): void {
  if (task.desiredStatus === "STOPPED") return;
  task.desiredStatus = "STOPPED";
  task.stop = stop;
  recordTime(context, task, "stoppingAt");
  if (task.status === "RUNNING" && isLoadBalanced(task)) {
    setStatus(context, task, "DEACTIVATING");
    context.world.clock.after(deregistrationDelayMs, () => stopContainers(context, task));
  } else {
    stopContainers(context, task);
  }
}

function stopContainers(context: EcsContext, task: TaskRecord): void {
  if (task.status === "DEPROVISIONING" || task.status === "STOPPED") return;
  setStatus(context, task, "STOPPING");
  task.running?.stop((containers) => {
    if (task.status === "STOPPING") deprovision(context, task, containers);
  });
}

function setStatus(context: EcsContext, task: TaskRecord, status: TaskStatus): void {
  task.status = status;
  task.version += 1;
  emitTaskState(context, task);
}

/** Records the time of a moment, the first time only. */
function recordTime(context: EcsContext, task: TaskRecord, ...moments: readonly TaskMoment[]): void {
  for (const moment of moments) task.times[moment] ??= context.world.clock.now();
}

function deprovision(context: EcsContext, task: TaskRecord, ends: readonly ContainerEnd[]): void {
  task.counts = false;
  recordTime(context, task, "executionStoppedAt");
  for (const container of task.containers) {
    const end = ends.find(({ name }) => name === container.name);
    if (end?.exitCode !== undefined) container.exitCode = end.exitCode;
    if (end?.reason !== undefined) container.reason = end.reason;
  }
  setStatus(context, task, "DEPROVISIONING");
  context.world.clock.after(deprovisioningMs, () => {
    recordTime(context, task, "stoppedAt");
    setStatus(context, task, "STOPPED");
    task.listener.gone();
  });
}
