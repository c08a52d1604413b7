/** The events that ECS emits: to the service's list of events and to EventBridge. */
import type { EcsContext, DeploymentRecord, ServiceRecord, TaskRecord } from "./state.ts";
import { describeTask } from "./describe-task.ts";

const maxServiceEvents = 100;

/** Adds to `service.events`, which keeps the newest 100, newest first. Every message begins with the service's name. */
export function addServiceEvent(context: EcsContext, service: ServiceRecord, message: string): void {
  service.events.unshift({
    id: context.ids.uuid(),
    createdAt: context.world.clock.now(),
    message: `(service ${service.name}) ${message}`,
  });
  service.events.length = Math.min(service.events.length, maxServiceEvents);
}

/** Emits "ECS Service Action". */
export function emitServiceAction(
  context: EcsContext,
  service: ServiceRecord,
  action: { eventType: "INFO" | "WARN" | "ERROR"; eventName: string; reason?: string },
): void {
  context.world.emit({
    source: "aws.ecs",
    detailType: "ECS Service Action",
    resources: [service.arn],
    detail: { ...action, clusterArn: service.cluster.arn, createdAt: instant(context) },
  });
}

/**
 * Emits "ECS Deployment State Change". The event names the service in `resources` only. A rollback emits IN_PROGRESS
 * again; only `reason` distinguishes it.
 */
export function emitDeploymentState(
  context: EcsContext,
  service: ServiceRecord,
  deployment: DeploymentRecord,
  state: { eventType: "INFO" | "ERROR"; eventName: string; reason: string },
): void {
  context.world.emit({
    source: "aws.ecs",
    detailType: "ECS Deployment State Change",
    resources: [service.arn],
    detail: {
      ...state,
      clusterArn: service.cluster.arn,
      deploymentId: deployment.id,
      updatedAt: instant(context),
    },
  });
}

/** `rolloutStateReason` of a new deployment that is IN_PROGRESS. */
export function inProgressReason(id: string): string {
  return `ECS deployment ${id} in progress.`;
}

/** Emits that a deployment is IN_PROGRESS, as a new deployment or as a rollback. */
export function emitDeploymentInProgress(
  context: EcsContext,
  service: ServiceRecord,
  deployment: DeploymentRecord,
): void {
  const event = {
    eventType: "INFO",
    eventName: "SERVICE_DEPLOYMENT_IN_PROGRESS",
    reason: deployment.rolloutStateReason,
  } as const;
  emitDeploymentState(context, service, deployment, event);
  emitServiceAction(context, service, event);
}

/** Emits "ECS Task State Change": the task as in DescribeTasks, with times as ISO strings. */
export function emitTaskState(context: EcsContext, task: TaskRecord): void {
  // AWS documents that these events do not contain the health status.
  const { healthStatus: _, attachments = [], ...detail } = describeTask(task);
  // The events name the type of a network interface otherwise than the API:
  // docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
  const named = attachments.map((attachment) => ({ ...attachment, type: "eni" }));
  const plain: Record<string, unknown> = JSON.parse(
    JSON.stringify({ ...detail, attachments: named, updatedAt: instant(context) }),
  );
  context.world.emit({
    source: "aws.ecs",
    detailType: "ECS Task State Change",
    resources: [task.arn],
    detail: plain,
  });
}

function instant(context: EcsContext): string {
  return new Date(context.world.clock.now()).toISOString();
}
