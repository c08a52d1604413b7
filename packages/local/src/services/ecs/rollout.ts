/** What becomes of deployments: taken up, superseded, completed, failed, rolled back. Moves no task. */
import { announce, inProgress } from "./announce.ts";
import { addServiceEvent, emitDeploymentState, emitServiceAction } from "./events.ts";
import type { DeploymentRecord, EcsContext, ServiceDeploymentRecord, ServiceRecord } from "./state.ts";

const tasksFailed = "ECS deployment circuit breaker: tasks failed to start.";
const breakerRollback = "Service deployment rolled back because the circuit breaker threshold was exceeded.";
const requestedRollback = "Service deployment rolled back because it was stopped with the stop type ROLLBACK.";

export function isOngoing({ status }: ServiceDeploymentRecord): boolean {
  return (
    status === "PENDING" ||
    status === "IN_PROGRESS" ||
    status === "STOP_REQUESTED" ||
    status === "ROLLBACK_REQUESTED" ||
    status === "ROLLBACK_IN_PROGRESS"
  );
}

/** Takes up what was asked for since the scheduler last looked: a new deployment, or the way back from one. */
export function takeUpRequests(context: EcsContext, service: ServiceRecord): void {
  const [current, ...olderOnes] = service.serviceDeployments;
  const now = context.world.clock.now();
  for (const older of olderOnes) endSuperseded(older, now);
  if (current?.status === "PENDING") {
    current.status = "IN_PROGRESS";
    current.startedAt = now;
    current.updatedAt = now;
  } else if (current?.status === "ROLLBACK_REQUESTED") {
    rollBack(context, service, requestedRollback);
  }
}

/** A newer deployment ends an unfinished older one: kayac/ecspresso#899 shows STOPPED, with `finishedAt`, at once. */
function endSuperseded(older: ServiceDeploymentRecord, now: number): void {
  if (!isOngoing(older)) return;
  older.status = older.rollback === undefined ? "STOPPED" : "ROLLBACK_FAILED";
  older.finishedAt = now;
  older.updatedAt = now;
}

/** The most recent COMPLETED deployment beside the PRIMARY one; undefined when there is none to go back to. */
export function rollbackTarget(service: ServiceRecord): DeploymentRecord | undefined {
  return service.deployments.find(({ status, rolloutState }) => status === "ACTIVE" && rolloutState === "COMPLETED");
}

/** The PRIMARY deployment is in place and nothing else runs: COMPLETED, and the older ones leave the list. */
export function complete(context: EcsContext, service: ServiceRecord, deployment: DeploymentRecord): void {
  const now = context.world.clock.now();
  const { serviceDeployment } = deployment;
  deployment.rolloutState = "COMPLETED";
  deployment.rolloutStateReason = `ECS deployment ${deployment.id} completed.`;
  deployment.updatedAt = now;
  deployment.failedTasks = 0;
  service.deployments = [deployment];
  serviceDeployment.status = serviceDeployment.rollback === undefined ? "SUCCESSFUL" : "ROLLBACK_SUCCESSFUL";
  serviceDeployment.finishedAt = now;
  serviceDeployment.updatedAt = now;
  if (serviceDeployment.breaker.status === "MONITORING") serviceDeployment.breaker.status = "MONITORING_COMPLETE";
  const event = {
    eventType: "INFO",
    eventName: "SERVICE_DEPLOYMENT_COMPLETED",
    reason: deployment.rolloutStateReason,
  } as const;
  addServiceEvent(context, service, `(deployment ${deployment.id}) deployment completed.`);
  emitDeploymentState(context, service, deployment, event);
  emitServiceAction(context, service, event);
}

/**
 * The circuit breaker has tripped: back to the most recent COMPLETED deployment, when that is wanted and there is one;
 * else FAILED and stalled, launching nothing any more.
 */
export function failByBreaker(context: EcsContext, service: ServiceRecord, deployment: DeploymentRecord): void {
  const { serviceDeployment } = deployment;
  serviceDeployment.breaker.status = "TRIGGERED";
  const event = { eventType: "ERROR", eventName: "SERVICE_DEPLOYMENT_FAILED", reason: tasksFailed } as const;
  addServiceEvent(context, service, `(deployment ${deployment.id}) deployment failed: tasks failed to start.`);
  emitDeploymentState(context, service, deployment, event);
  emitServiceAction(context, service, event);

  const goesBack = service.configuration.deploymentCircuitBreaker?.rollback === true;
  if (goesBack && rollbackTarget(service) !== undefined) {
    deployment.refuted = true;
    rollBack(context, service, breakerRollback);
  } else {
    markFailed(context, deployment);
    stall(context, serviceDeployment, goesBack);
  }
}

function stall(context: EcsContext, serviceDeployment: ServiceDeploymentRecord, goesBack: boolean): void {
  const now = context.world.clock.now();
  serviceDeployment.status = goesBack ? "ROLLBACK_FAILED" : "STOPPED";
  serviceDeployment.statusReason = tasksFailed;
  serviceDeployment.updatedAt = now;
  serviceDeployment.finishedAt = now;
  if (!goesBack) serviceDeployment.stoppedAt = now;
}

/** FAILED, as ECS shows a refuted deployment: at once when nothing replaces it, else when its tasks are gone. */
export function markFailed(context: EcsContext, deployment: DeploymentRecord): void {
  deployment.rolloutState = "FAILED";
  deployment.rolloutStateReason = tasksFailed;
  deployment.updatedAt = context.world.clock.now();
}

/** Makes the last COMPLETED deployment PRIMARY again, under its old id; it is IN_PROGRESS until nothing else runs. */
function rollBack(context: EcsContext, service: ServiceRecord, reason: string): void {
  const [failing] = service.deployments;
  const target = rollbackTarget(service);
  if (failing === undefined || target === undefined) return;
  const now = context.world.clock.now();
  const { serviceDeployment } = failing;
  serviceDeployment.status = "ROLLBACK_IN_PROGRESS";
  serviceDeployment.statusReason = reason;
  serviceDeployment.rollback = { reason, startedAt: now, to: target.revision };
  serviceDeployment.updatedAt = now;

  failing.status = "ACTIVE";
  target.status = "PRIMARY";
  target.serviceDeployment = serviceDeployment;
  target.rolloutState = "IN_PROGRESS";
  target.rolloutStateReason = failing.refuted
    ? `ECS deployment circuit breaker: rolling back to deploymentId ${target.id}.`
    : inProgress(target.id);
  target.updatedAt = now;
  target.failedTasks = 0;
  target.breakerFailures = 0;
  target.steadySince = undefined;
  service.workload = target.revision.workload;
  service.steady = false;
  service.deployments = [target, ...service.deployments.filter((one) => one !== target)];
  addServiceEvent(context, service, `rolling back to deployment ${target.id}.`);
  announce(context, service, target);
}
