/** The life of one task of a service: from PROVISIONING to STOPPED, as the engine tells and the scheduler asks. */
import type { TaskStopCode } from "@aws-sdk/client-ecs";
import type { ContainerEnd, TaskEvent, TaskSpec } from "../../engines/engine.ts";
import { ecsArn } from "./arns.ts";
import { emitTaskState } from "./events.ts";
import type {
  ContainerRecord,
  DeploymentRecord,
  EcsContext,
  ServiceRecord,
  ServiceRevisionRecord,
  TaskMoment,
  TaskRecord,
  TaskStatus,
} from "./state.ts";

/** How long ECS shows a stopped task. */
export const stoppedTaskShownMs = 3_600_000;
/** A task without any health check counts as healthy so long after it runs (DeploymentConfiguration, ECS API reference). */
const unproblematicAfterMs = 40_000;
/** Default of `deregistration_delay.timeout_seconds` of a target group: old connections are drained so long. */
export const deregistrationDelayMs = 300_000;
/** Detaching and deleting the network interface. */
const deprovisioningMs = 10_000;

/** What the scheduler wants to know of its tasks. */
export type TaskListener = {
  unplaced(task: TaskRecord, message: string): void;
  /** It counts towards the minimum healthy percent from now on. */
  healthy(task: TaskRecord): void;
  /** A health check failed for good; the task still runs. */
  unhealthy(task: TaskRecord): void;
  /** It ended by itself: whether it ever ran, and whether it counted as healthy until then. */
  ended(task: TaskRecord, before: { ran: boolean; counted: boolean }): void;
  /** Its last trace is gone: STOPPED. */
  gone(task: TaskRecord): void;
};

/** Launches a task of a deployment. */
export function launchTask(
  context: EcsContext,
  service: ServiceRecord,
  deployment: DeploymentRecord,
  listener: TaskListener,
): TaskRecord {
  const { cluster } = service;
  const { revision } = deployment;
  const definition = revision.workload.taskDefinition;
  const id = context.ids.hex();
  const task: TaskRecord = {
    id,
    arn: ecsArn(context.world, `task/${cluster.name}/${id}`),
    cluster,
    service,
    deployment,
    definition,
    containers: definition.containerDefinitions.map((container) => ({
      name: container.name ?? "",
      id: context.ids.uuid(),
      runtimeId: `${id}-${context.ids.digits().slice(0, 10)}`,
      image: resolvedImage(revision, container.name ?? "", container.image ?? ""),
      definition: container,
    })),
    status: "PROVISIONING",
    desiredStatus: "RUNNING",
    health: "UNKNOWN",
    counts: false,
    version: 1,
    times: { createdAt: context.world.clock.now() },
  };
  cluster.tasks.set(id, task);
  service.tasks.add(task);
  emitTaskState(context, task);
  task.running = context.engine.start(taskSpec(context, task), (event) => onEvent(context, task, event, listener));
  return task;
}

/** Once a revision has resolved a tag, all its tasks run the same digest (`versionConsistency`, on by default). */
function resolvedImage(revision: ServiceRevisionRecord, name: string, image: string): string {
  const digest = revision.digests.get(name);
  const container = revision.workload.taskDefinition.containerDefinitions.find((one) => one.name === name);
  if (digest === undefined || image.includes("@") || container?.versionConsistency === "disabled") return image;
  return `${image.replace(/:[^:/]+$/, "")}@${digest}`;
}

function taskSpec(context: EcsContext, task: TaskRecord): TaskSpec {
  return {
    taskArn: task.arn,
    cluster: task.cluster.name,
    service: task.service.name,
    containers: task.containers.map((container) => ({
      name: container.name,
      image: container.image,
      essential: container.definition.essential ?? true,
      ...logDestination(task, container),
    })),
  };
}

/** `prefix/container/task id`: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html */
function logDestination(task: TaskRecord, container: ContainerRecord): { logGroup?: string; logStream?: string } {
  const { logConfiguration } = container.definition;
  const group = logConfiguration?.options?.["awslogs-group"];
  if (logConfiguration?.logDriver !== "awslogs" || group === undefined) return {};
  const prefix = logConfiguration.options?.["awslogs-stream-prefix"];
  return {
    logGroup: group,
    logStream: prefix === undefined ? container.runtimeId : `${prefix}/${container.name}/${task.id}`,
  };
}

function onEvent(context: EcsContext, task: TaskRecord, event: TaskEvent, listener: TaskListener): void {
  if (task.status === "DEPROVISIONING" || task.status === "STOPPED") return;
  // What the engine reports while a task is being stopped does not bring it back.
  if (task.desiredStatus === "STOPPED" && event.type !== "stopped") return;
  switch (event.type) {
    case "unplaced":
      return forgetUnplaced(task, () => listener.unplaced(task, event.message));
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
      if (!hasHealthCheck(task)) context.world.clock.after(unproblematicAfterMs, () => countIn(task, listener));
      return;
    case "health":
      return onHealth(context, task, event.status, listener);
    case "stopped":
      return onStopped(context, task, event, listener);
  }
}

/** A task that found no place never existed for those who list tasks. */
function forgetUnplaced(task: TaskRecord, tell: () => void): void {
  task.status = "STOPPED";
  task.cluster.tasks.delete(task.id);
  task.service.tasks.delete(task);
  tell();
}

function recordDigest(task: TaskRecord, container: ContainerRecord, digest: string | undefined): void {
  if (digest === undefined) return;
  container.digest = digest;
  const { digests } = task.deployment.revision;
  if (!digests.has(container.name)) digests.set(container.name, digest);
}

function onHealth(
  context: EcsContext,
  task: TaskRecord,
  status: "HEALTHY" | "UNHEALTHY",
  listener: TaskListener,
): void {
  if (!hasHealthCheck(task)) return;
  if (hasContainerHealthCheck(task)) task.health = status;
  task.version += 1;
  if (status === "HEALTHY") return countIn(task, listener);
  const { clock } = context.world;
  const graceMs = (task.service.options.healthCheckGracePeriodSeconds ?? 0) * 1000;
  const delayMs = Math.max(0, (task.times.startedAt ?? clock.now()) + graceMs - clock.now());
  clock.after(delayMs, () => {
    if (task.desiredStatus !== "RUNNING") return;
    task.counts = false;
    listener.unhealthy(task);
  });
}

function countIn(task: TaskRecord, listener: TaskListener): void {
  if (task.desiredStatus !== "RUNNING" || task.status !== "RUNNING" || task.counts) return;
  task.counts = true;
  listener.healthy(task);
}

function onStopped(
  context: EcsContext,
  task: TaskRecord,
  event: Extract<TaskEvent, { type: "stopped" }>,
  listener: TaskListener,
): void {
  if (task.desiredStatus === "STOPPED") return deprovision(context, task, event.containers, listener);
  const before = { ran: task.times.startedAt !== undefined, counted: task.counts };
  task.desiredStatus = "STOPPED";
  task.stop = { code: event.stopCode, reason: event.stoppedReason };
  mark(context, task, "stoppingAt");
  deprovision(context, task, event.containers, listener);
  listener.ended(task, before);
}

/** Asks a task to end: out of the load balancer first, then the containers, then the network interface. */
export function stopTask(
  context: EcsContext,
  task: TaskRecord,
  stop: { code: TaskStopCode; reason: string },
  listener: TaskListener,
): void {
  if (task.desiredStatus === "STOPPED") return;
  task.desiredStatus = "STOPPED";
  task.stop = stop;
  mark(context, task, "stoppingAt");
  if (task.status === "RUNNING" && isLoadBalanced(task)) {
    moveOn(context, task, "DEACTIVATING");
    context.world.clock.after(deregistrationDelayMs, () => stopContainers(context, task, listener));
  } else {
    stopContainers(context, task, listener);
  }
}

function stopContainers(context: EcsContext, task: TaskRecord, listener: TaskListener): void {
  if (task.status === "DEPROVISIONING" || task.status === "STOPPED") return;
  moveOn(context, task, "STOPPING");
  task.running?.stop((containers) => {
    if (task.status === "STOPPING") deprovision(context, task, containers, listener);
  });
}

function deprovision(
  context: EcsContext,
  task: TaskRecord,
  ends: readonly ContainerEnd[],
  listener: TaskListener,
): void {
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
    task.service.tasks.delete(task);
    moveOn(context, task, "STOPPED");
    listener.gone(task);
  });
}

function moveOn(context: EcsContext, task: TaskRecord, status: TaskStatus): void {
  task.status = status;
  task.version += 1;
  emitTaskState(context, task);
}

function mark(context: EcsContext, task: TaskRecord, ...moments: readonly TaskMoment[]): void {
  for (const moment of moments) task.times[moment] ??= context.world.clock.now();
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

function isLoadBalanced(task: TaskRecord): boolean {
  return (task.deployment.revision.workload.loadBalancers ?? []).length > 0;
}
