/** The states of deployments: started, superseded, completed, failed, rolled back. Starts and stops no tasks. */
import {
  addServiceEvent,
  emitDeploymentInProgress,
  emitDeploymentState,
  emitServiceAction,
  inProgressReason,
} from "./events.ts";
import type { DeploymentRecord, EcsContext, ServiceDeploymentRecord, ServiceRecord } from "./state.ts";

const tasksFailed = "ECS deployment circuit breaker: tasks failed to start.";
const breakerRollback = "Service deployment rolled back because the circuit breaker threshold was exceeded.";
// AWS does not publish its messages about alarms. These are ours.
const alarmRaised = "ECS deployment failed: alarm detected.";
const alarmRollback = "Service deployment rolled back because a CloudWatch alarm was raised.";
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

/** Applies what was requested since the scheduler last ran: a new deployment, or a rollback. */
export function applyRequests(context: EcsContext, service: ServiceRecord): void {
  const [current, ...olderOnes] = service.serviceDeployments;
  const now = context.world.clock.now();
  for (const older of olderOnes) endSuperseded(older, now);
  if (current?.status === "PENDING") {
    current.status = "IN_PROGRESS";
    current.startedAt = now;
    current.updatedAt = now;
    beginShift(service, current, now);
  } else if (current?.status === "ROLLBACK_REQUESTED") {
    rollBack(context, service, requestedRollback);
  }
}

/** Without running tasks there is no traffic to shift: all tasks start at once. */
function beginShift(service: ServiceRecord, current: ServiceDeploymentRecord, now: number): void {
  const { shift: plan } = service.strategy;
  if (plan === undefined || current.sources.length === 0) return;
  const stage = current.sources.length > 1 ? "RECONCILE_SERVICE" : "PRE_SCALE_UP";
  current.shift = { plan, progress: { stage, since: now, step: 0 } };
}

/** A newer deployment ends an unfinished older one: kayac/ecspresso#899 shows STOPPED, with `finishedAt`, at once. */
function endSuperseded(older: ServiceDeploymentRecord, now: number): void {
  if (!isOngoing(older)) return;
  older.status = older.rollback === undefined ? "STOPPED" : "ROLLBACK_FAILED";
  older.finishedAt = now;
  older.updatedAt = now;
}

/** The most recent COMPLETED deployment apart from the PRIMARY one; undefined when there is none to roll back to. */
export function rollbackTarget(service: ServiceRecord): DeploymentRecord | undefined {
  return service.deployments.find(({ status, rolloutState }) => status === "ACTIVE" && rolloutState === "COMPLETED");
}

/** Sets the PRIMARY deployment to COMPLETED and removes the older deployments from the list. */
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
  for (const monitor of [serviceDeployment.breaker, serviceDeployment.alarms]) {
    if (monitor.status === "MONITORING") monitor.status = "MONITORING_COMPLETE";
  }
  const event = {
    eventType: "INFO",
    eventName: "SERVICE_DEPLOYMENT_COMPLETED",
    reason: deployment.rolloutStateReason,
  } as const;
  addServiceEvent(context, service, `(deployment ${deployment.id}) deployment completed.`);
  emitDeploymentState(context, service, deployment, event);
  emitServiceAction(context, service, event);
}

/** Why a deployment failed, and whether ECS rolls it back. */
type Failure = {
  /** For `rolloutStateReason` and the events. */
  reason: string;
  /** For the service's own events. */
  event: string;
  rollbackReason: string;
  rollsBack: boolean;
};

/** Fails a deployment whose circuit breaker has tripped. */
export function failByBreaker(context: EcsContext, service: ServiceRecord, deployment: DeploymentRecord): void {
  deployment.serviceDeployment.breaker.status = "TRIGGERED";
  fail(context, service, deployment, {
    reason: tasksFailed,
    event: "deployment failed: tasks failed to start.",
    rollbackReason: breakerRollback,
    rollsBack: service.configuration.deploymentCircuitBreaker?.rollback === true,
  });
}

/** Fails a deployment because alarms of its configuration are in ALARM. */
export function failByAlarms(
  context: EcsContext,
  service: ServiceRecord,
  deployment: DeploymentRecord,
  raised: readonly string[],
): void {
  const { alarms } = deployment.serviceDeployment;
  alarms.status = "TRIGGERED";
  alarms.triggered = [...raised];
  fail(context, service, deployment, {
    reason: alarmRaised,
    event: "deployment failed: alarm detected.",
    rollbackReason: alarmRollback,
    rollsBack: service.configuration.alarms?.rollback === true,
  });
}

/**
 * Rolls back to the most recent COMPLETED deployment, when that is configured and one exists. Otherwise the deployment
 * becomes FAILED and launches no more tasks.
 */
function fail(context: EcsContext, service: ServiceRecord, deployment: DeploymentRecord, failure: Failure): void {
  const { reason, rollsBack } = failure;
  const event = { eventType: "ERROR", eventName: "SERVICE_DEPLOYMENT_FAILED", reason } as const;
  addServiceEvent(context, service, `(deployment ${deployment.id}) ${failure.event}`);
  emitDeploymentState(context, service, deployment, event);
  emitServiceAction(context, service, event);

  deployment.failure = reason;
  if (rollsBack && rollbackTarget(service) !== undefined) {
    deployment.knownBad = true;
    rollBack(context, service, failure.rollbackReason);
  } else {
    markFailed(context, deployment);
    stall(context, deployment, rollsBack);
  }
}

function stall(context: EcsContext, { failure, serviceDeployment }: DeploymentRecord, rollsBack: boolean): void {
  const now = context.world.clock.now();
  serviceDeployment.status = rollsBack ? "ROLLBACK_FAILED" : "STOPPED";
  serviceDeployment.statusReason = failure ?? tasksFailed;
  serviceDeployment.updatedAt = now;
  serviceDeployment.finishedAt = now;
  if (!rollsBack) serviceDeployment.stoppedAt = now;
}

/** Sets FAILED: at once when no rollback follows, otherwise when the tasks of the failed deployment are gone. */
export function markFailed(context: EcsContext, deployment: DeploymentRecord): void {
  deployment.rolloutState = "FAILED";
  deployment.rolloutStateReason = deployment.failure ?? tasksFailed;
  deployment.updatedAt = context.world.clock.now();
}

/** Makes the last COMPLETED deployment PRIMARY again, under its old id. It is IN_PROGRESS until no other tasks run. */
function rollBack(context: EcsContext, service: ServiceRecord, reason: string): void {
  const [failing] = service.deployments;
  const target = rollbackTarget(service);
  if (failing === undefined || target === undefined) return;
  const now = context.world.clock.now();
  const { serviceDeployment } = failing;
  serviceDeployment.status = "ROLLBACK_IN_PROGRESS";
  serviceDeployment.statusReason = reason;
  serviceDeployment.rollback = { reason, startedAt: now, to: target.revision };
  // The traffic returns at once to the old tasks, which still run.
  if (serviceDeployment.shift !== undefined) {
    serviceDeployment.shift.progress = { stage: "CLEAN_UP", since: now, step: 0 };
  }
  serviceDeployment.updatedAt = now;

  failing.status = "ACTIVE";
  target.status = "PRIMARY";
  target.serviceDeployment = serviceDeployment;
  target.rolloutState = "IN_PROGRESS";
  target.rolloutStateReason =
    serviceDeployment.breaker.status === "TRIGGERED"
      ? `ECS deployment circuit breaker: rolling back to deploymentId ${target.id}.`
      : inProgressReason(target.id);
  target.updatedAt = now;
  target.failedTasks = 0;
  target.breakerFailures = 0;
  target.steadySince = undefined;
  service.workload = target.revision.workload;
  service.steady = false;
  service.deployments = [target, ...service.deployments.filter((one) => one !== target)];
  addServiceEvent(context, service, `rolling back to deployment ${target.id}.`);
  emitDeploymentInProgress(context, service, target);
}
