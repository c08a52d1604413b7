/** Maps ECS's answers, in which every member may be missing, to core's observations. */
import type { Deployment, Service, ServiceDeployment, ServiceRevision, Task } from "@aws-sdk/client-ecs";
import type {
  ObservedDeployment,
  ObservedRevision,
  ObservedService,
  ObservedServiceDeployment,
  StoppedTask,
} from "@lockmaster/core/ecs/observation.ts";
import type { ObservedTask } from "@lockmaster/core/tasks/ports.ts";

export function observedService(service: Service): ObservedService {
  return {
    name: service.serviceName ?? "",
    status: service.status ?? "",
    taskDefinition: service.taskDefinition ?? "",
    desiredCount: service.desiredCount ?? 0,
    runningCount: service.runningCount ?? 0,
    pendingCount: service.pendingCount ?? 0,
    deployments: (service.deployments ?? []).map(observedDeployment),
    ...(service.currentServiceDeployment && { currentServiceDeployment: service.currentServiceDeployment }),
    currentServiceRevisions: (service.currentServiceRevisions ?? []).flatMap(({ arn }) => arn ?? []),
    events: (service.events ?? []).flatMap(({ createdAt, message }) =>
      createdAt === undefined || message === undefined ? [] : [{ at: createdAt, message }],
    ),
  };
}

function observedDeployment(deployment: Deployment): ObservedDeployment {
  return {
    id: deployment.id ?? "",
    status: deployment.status ?? "",
    taskDefinition: deployment.taskDefinition ?? "",
    ...(deployment.rolloutState && { rolloutState: deployment.rolloutState }),
    ...(deployment.rolloutStateReason && { rolloutStateReason: deployment.rolloutStateReason }),
    desiredCount: deployment.desiredCount ?? 0,
    runningCount: deployment.runningCount ?? 0,
    pendingCount: deployment.pendingCount ?? 0,
    failedTasks: deployment.failedTasks ?? 0,
    createdAt: deployment.createdAt ?? new Date(0),
  };
}

export function observedServiceDeployment(deployment: ServiceDeployment): ObservedServiceDeployment {
  const { alarms, rollback, lifecycleStage, targetServiceRevision, sourceServiceRevisions } = deployment;
  const trafficPercent = targetServiceRevision?.requestedProductionTrafficWeight;
  const triggeredAlarms = alarms?.triggeredAlarmNames ?? [];
  return {
    arn: deployment.serviceDeploymentArn ?? "",
    status: deployment.status ?? "PENDING",
    ...(deployment.statusReason && { statusReason: deployment.statusReason }),
    createdAt: deployment.createdAt ?? new Date(0),
    ...(deployment.stoppedAt && { stoppedAt: deployment.stoppedAt }),
    ...(targetServiceRevision?.arn && { targetRevision: targetServiceRevision.arn }),
    sourceRevisions: (sourceServiceRevisions ?? []).flatMap(({ arn }) => arn ?? []),
    ...(rollback?.serviceRevisionArn && { rollbackRevision: rollback.serviceRevisionArn }),
    ...(rollback?.reason && { rollbackReason: rollback.reason }),
    ...(lifecycleStage && { lifecycleStage }),
    ...(trafficPercent !== undefined && { trafficPercent }),
    ...(triggeredAlarms.length > 0 && { triggeredAlarms }),
  };
}

export function observedRevision(revision: ServiceRevision): ObservedRevision {
  return {
    arn: revision.serviceRevisionArn ?? "",
    taskDefinition: revision.taskDefinition ?? "",
    digests: Object.fromEntries(
      (revision.containerImages ?? []).flatMap(({ containerName, imageDigest }) =>
        containerName === undefined || imageDigest === undefined ? [] : [[containerName, imageDigest]],
      ),
    ),
  };
}

/** @param essential names of the task definition's essential containers; undefined if they are not known */
export function observedTask(task: Task, essential?: ReadonlySet<string>): ObservedTask {
  return {
    taskArn: task.taskArn ?? "",
    wanted: task.desiredStatus === "RUNNING",
    stopped: task.lastStatus === "STOPPED",
    ...endOf(task, essential),
  };
}

/** Empty for a task that has not stopped yet: ECS sets exit codes only afterwards. */
export function stoppedTask(task: Task, essential?: ReadonlySet<string>): StoppedTask[] {
  if (task.lastStatus !== "STOPPED" || task.taskArn === undefined) return [];
  return [
    {
      taskArn: task.taskArn,
      ...(task.startedBy && { startedBy: task.startedBy }),
      taskDefinition: task.taskDefinitionArn ?? "",
      stoppedAt: task.stoppedAt ?? task.stoppingAt ?? new Date(0),
      ...endOf(task, essential),
    },
  ];
}

/** Why a task stopped, and how its containers ended. */
function endOf({ stopCode, stoppedReason, containers = [] }: Task, essential: ReadonlySet<string> | undefined) {
  return {
    ...(stopCode && { stopCode }),
    ...(stoppedReason && { stoppedReason }),
    containers: containers.map(({ name = "", exitCode, reason }) => ({
      name,
      ...(exitCode !== undefined && { exitCode }),
      ...(reason && { reason }),
      ...(essential !== undefined && { essential: essential.has(name) }),
    })),
  };
}
