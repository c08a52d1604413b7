/** The life of one task: from PROVISIONING to STOPPED, as the engine tells and the scheduler asks. */
import type { TaskStopCode } from "@aws-sdk/client-ecs";
import type { ContainerEnd, TaskEvent } from "../../engines/engine.ts";
import type { ContainerRecord, EcsContext, TaskRecord } from "./state.ts";
import { isLoadBalanced, onHealth, onRunning } from "./task-health.ts";
import { mark, moveOn } from "./task-status.ts";

/** How long ECS shows a stopped task. */
export const stoppedTaskShownMs = 3_600_000;
/** Default of `deregistration_delay.timeout_seconds` of a target group: old connections are drained so long. */
const deregistrationDelayMs = 300_000;
/** Detaching and deleting the network interface. */
const deprovisioningMs = 10_000;

/** What the engine reports of a task. */
export function onTaskEvent(context: EcsContext, task: TaskRecord, event: TaskEvent): void {
  if (task.status === "DEPROVISIONING" || task.status === "STOPPED") return;
  // What the engine reports while a task is being stopped does not bring it back.
  if (task.desiredStatus === "STOPPED" && event.type !== "stopped") return;
  switch (event.type) {
    case "unplaced":
      return forgetUnplaced(task, event.message);
    case "provisioned":
      mark(context, task, "connectivityAt", "pullStartedAt");
      return moveOn(context, task, "PENDING");
    case "pulled":
      mark(context, task, "pullStoppedAt");
      for (const container of task.containers) recordDigest(task, container, event.digests[container.name]);
      return moveOn(context, task, "ACTIVATING");
    case "running":
      mark(context, task, "startedAt");
      moveOn(context, task, "RUNNING");
      return onRunning(context, task);
    case "health":
      return onHealth(context, task, event.status);
    case "stopped":
      return onStopped(context, task, event);
  }
}

/** A task that found no place is not one that stopped: nobody sees it again. */
function forgetUnplaced(task: TaskRecord, message: string): void {
  task.status = "STOPPED";
  task.cluster.tasks.delete(task.id);
  task.listener.unplaced(message);
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
  mark(context, task, "stoppingAt");
  deprovision(context, task, event.containers);
  task.listener.ended(before);
}

/** Asks a task to end: out of the load balancer first, then the containers, then the network interface. */
export function stopTask(context: EcsContext, task: TaskRecord, stop: { code: TaskStopCode; reason: string }): void {
  if (task.desiredStatus === "STOPPED") return;
  task.desiredStatus = "STOPPED";
  task.stop = stop;
  mark(context, task, "stoppingAt");
  if (task.status === "RUNNING" && isLoadBalanced(task)) {
    moveOn(context, task, "DEACTIVATING");
    context.world.clock.after(deregistrationDelayMs, () => stopContainers(context, task));
  } else {
    stopContainers(context, task);
  }
}

function stopContainers(context: EcsContext, task: TaskRecord): void {
  if (task.status === "DEPROVISIONING" || task.status === "STOPPED") return;
  moveOn(context, task, "STOPPING");
  task.running?.stop((containers) => {
    if (task.status === "STOPPING") deprovision(context, task, containers);
  });
}

function deprovision(context: EcsContext, task: TaskRecord, ends: readonly ContainerEnd[]): void {
  task.counts = false;
  mark(context, task, "executionStoppedAt");
  for (const container of task.containers) {
    const end = ends.find(({ name }) => name === container.name);
    if (end?.exitCode !== undefined) container.exitCode = end.exitCode;
    if (end?.reason !== undefined) container.reason = end.reason;
  }
  moveOn(context, task, "DEPROVISIONING");
  context.world.clock.after(deprovisioningMs, () => {
    mark(context, task, "stoppedAt");
    moveOn(context, task, "STOPPED");
    task.listener.gone();
  });
}
