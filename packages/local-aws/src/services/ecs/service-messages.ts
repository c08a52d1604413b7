/** The service events about a service's tasks. */
import type { LaunchRefusal } from "./container-instances.ts";
import { addServiceEvent, emitServiceAction } from "./events.ts";
import type { DeploymentRecord, EcsContext, ServiceRecord, ServiceTaskRecord, TaskRecord } from "./state.ts";
import { hasContainerHealthCheck } from "./task-health.ts";

export function reportStarted(context: EcsContext, service: ServiceRecord, tasks: readonly TaskRecord[]): void {
  addServiceEvent(context, service, `has started ${tasks.length} tasks: ${listed(tasks)}.`);
}

/** https://github.com/boto/boto3/issues/1942 quotes it. */
const troubleshooting = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";

export function reportRefused(
  context: EcsContext,
  service: ServiceRecord,
  { type, message: reason }: LaunchRefusal,
): void {
  if (type !== "unlaunched") {
    const noInstance = "because no container instance met all of its requirements";
    const words =
      type === "unplaced" ? `a task. Reason: ${reason}` : `a task ${noInstance}. ${reason} ${troubleshooting}`;
    addOnce(context, service, `was unable to place ${words}`);
    emitServiceAction(context, service, { eventType: "ERROR", eventName: "SERVICE_TASK_PLACEMENT_FAILURE", reason });
  } else {
    addOnce(context, service, `failed to launch a task with (error ${reason}).`);
    emitServiceAction(context, service, {
      eventType: "ERROR",
      eventName: "SERVICE_TASK_CONFIGURATION_FAILURE",
      reason,
    });
  }
}

export function reportUnregistered(
  context: EcsContext,
  service: ServiceRecord,
  { revision }: DeploymentRecord,
  error: string,
): void {
  const [target] = revision.workload.loadBalancers ?? [];
  const group = target?.targetGroupArn ?? "";
  addOnce(context, service, `failed to register targets in (target-group ${group}) with (error ${error})`);
}

const repeatedAfterMs = 6 * 3_600_000;

/**
 * Omits a message that repeats the last one, until six hours have passed:
 * docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages.html
 */
function addOnce(context: EcsContext, service: ServiceRecord, message: string): void {
  const full = `(service ${service.name}) ${message}`;
  const [last] = service.events;
  const isRepeated = last?.message === full && context.world.clock.now() - last.createdAt < repeatedAfterMs;
  if (!isRepeated) addServiceEvent(context, service, message);
}

export function reportStopped(context: EcsContext, service: ServiceRecord, tasks: readonly TaskRecord[]): void {
  if (tasks.length === 0) return;
  const draining = tasks.filter(({ status }) => status === "DEACTIVATING").length;
  if (draining > 0) addServiceEvent(context, service, `has begun draining connections on ${draining} tasks.`);
  addServiceEvent(context, service, `has stopped ${tasks.length} running tasks: ${listed(tasks)}.`);
  emitServiceAction(context, service, { eventType: "INFO", eventName: "TASKS_STOPPED" });
}

export function reportBlocked(context: EcsContext, service: ServiceRecord, primary: DeploymentRecord): void {
  if (primary.blocked) return;
  primary.blocked = true;
  addServiceEvent(
    context,
    service,
    "was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.",
  );
}

function listed(tasks: readonly TaskRecord[]): string {
  return tasks.map(({ id }) => `(task ${id})`).join(" ");
}

/** A failed health check as a service event, and as the `stoppedReason` of the task. */
export function describeUnhealthy(task: ServiceTaskRecord): { event: string; stopped: string } {
  if (hasContainerHealthCheck(task)) {
    return {
      event: `(task ${task.id}) failed container health checks.`,
      stopped: "Task failed container health checks",
    };
  }
  const [target] = task.deployment.revision.workload.loadBalancers ?? [];
  const group = `(target-group ${target?.targetGroupArn ?? ""})`;
  return {
    event: `(port ${target?.containerPort ?? 0}) is unhealthy in ${group} due to (reason Health checks failed).`,
    stopped: `Task failed ELB health checks in ${group}`,
  };
}
