import { ecsArn } from "./arns.ts";
import { emitDeploymentInProgress, inProgressReason } from "./events.ts";
import type {
  DeploymentRecord,
  EcsContext,
  ServiceDeploymentRecord,
  ServiceRecord,
  ServiceRevisionRecord,
  Workload,
} from "./state.ts";

/** Creates a PRIMARY deployment of this workload. The scheduler starts its tasks. */
export function beginDeployment(context: EcsContext, service: ServiceRecord, workload: Workload): DeploymentRecord {
  const now = context.world.clock.now();
  const revision: ServiceRevisionRecord = {
    arn: ecsArn(context.world, `service-revision/${pathOf(service)}/${context.ids.digits()}`),
    createdAt: now,
    workload,
    digests: fixedDigests(workload),
  };
  const serviceDeployment = newServiceDeployment(context, service, revision);
  const id = `ecs-svc/${context.ids.digits()}`;
  const deployment: DeploymentRecord = {
    id,
    revision,
    serviceDeployment,
    status: "PRIMARY",
    rolloutState: "IN_PROGRESS",
    rolloutStateReason: inProgressReason(id),
    createdAt: now,
    updatedAt: now,
    failedTasks: 0,
    breakerFailures: 0,
    launchFailures: 0,
    launchNotBefore: 0,
    steadySince: undefined,
    knownBad: false,
    blocked: false,
  };
  for (const other of service.deployments) other.status = "ACTIVE";
  service.workload = workload;
  service.steady = false;
  service.deployments.unshift(deployment);
  service.serviceDeployments.unshift(serviceDeployment);
  service.revisions.unshift(revision);
  emitDeploymentInProgress(context, service, deployment);
  return deployment;
}

function newServiceDeployment(
  context: EcsContext,
  service: ServiceRecord,
  target: ServiceRevisionRecord,
): ServiceDeploymentRecord {
  const { alarms, deploymentCircuitBreaker } = service.configuration;
  // The circuit breaker watches rolling updates only.
  const monitored = deploymentCircuitBreaker?.enable === true && service.strategy.shift === undefined;
  const names = alarms?.enable === true ? alarms.alarmNames : undefined;
  // When an alarm is in ALARM as the deployment begins, ECS watches no alarms for all of it, so that a fix can be deployed:
  // docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
  const watched = names !== undefined && context.alarms.raised(names).length === 0;
  return {
    arn: ecsArn(context.world, `service-deployment/${pathOf(service)}/${context.ids.short()}`),
    createdAt: target.createdAt,
    updatedAt: target.createdAt,
    sources: [...new Set([...service.tasks].map((task) => task.deployment.revision))],
    target,
    status: "PENDING",
    breaker: { status: monitored ? "MONITORING" : "DISABLED", failureCount: 0 },
    alarms: { names: names ?? [], status: watched ? "MONITORING" : "DISABLED", triggered: [] },
  };
}

function pathOf(service: ServiceRecord): string {
  return `${service.cluster.name}/${service.name}`;
}

/** Digests by container name, for the containers whose image is given by digest. */
function fixedDigests({ taskDefinition }: Workload): Map<string, string> {
  const digests = new Map<string, string>();
  for (const { name, image } of taskDefinition.containerDefinitions) {
    const digest = image?.split("@")[1];
    if (name !== undefined && digest !== undefined) digests.set(name, digest);
  }
  return digests;
}
