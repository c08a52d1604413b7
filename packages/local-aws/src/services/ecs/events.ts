/** What ECS tells about its doings: the service's own list of events, and EventBridge. */
import type { EcsContext, DeploymentRecord, ServiceRecord, TaskRecord } from "./state.ts";
import { describeTask } from "./describe-task.ts";

const keptEvents = 100;

/** Adds to `service.events`, newest first, the last 100 of them; every message begins with the service's name. */
export function addServiceEvent(context: EcsContext, service: ServiceRecord, message: string): void {
  service.events.unshift({
    id: context.ids.uuid(),
    createdAt: context.world.clock.now(),
    message: `(service ${service.name}) ${message}`,
  });
  service.events.length = Math.min(service.events.length, keptEvents);
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
 * Emits "ECS Deployment State Change". It names the service in `resources` alone, and a rollback is another IN_PROGRESS
 * that only `reason` tells apart.
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

/** Emits "ECS Task State Change": the task as DescribeTasks shows it, with times as ISO strings. */
export function emitTaskState(context: EcsContext, task: TaskRecord): void {
  // The health status is left out: AWS documents that these events do not carry it.
  const { healthStatus: _, ...detail } = describeTask(task);
  const plain: Record<string, unknown> = JSON.parse(JSON.stringify({ ...detail, updatedAt: instant(context) }));
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
