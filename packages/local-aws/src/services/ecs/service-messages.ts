/** The service events about a service's tasks. */
import { addServiceEvent, emitServiceAction } from "./events.ts";
import type { DeploymentRecord, EcsContext, ServiceRecord, ServiceTaskRecord, TaskRecord } from "./state.ts";
import { hasContainerHealthCheck } from "./task-health.ts";

export function reportStarted(context: EcsContext, service: ServiceRecord, tasks: readonly TaskRecord[]): void {
  addServiceEvent(context, service, `has started ${tasks.length} tasks: ${listed(tasks)}.`);
}

export function reportUnplaced(context: EcsContext, service: ServiceRecord, reason: string): void {
  addServiceEvent(context, service, `was unable to place a task. Reason: ${reason}`);
  emitServiceAction(context, service, { eventType: "ERROR", eventName: "SERVICE_TASK_PLACEMENT_FAILURE", reason });
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
