/** A service and its deployments as DescribeServices answers them. */
import type { Deployment, Service } from "@aws-sdk/client-ecs";
import { date } from "./dates.ts";
import {
  aliveTasks,
  countTasks,
  type DeploymentRecord,
  type ServiceRecord,
  type ServiceRevisionRecord,
  type Workload,
} from "./state.ts";

/** The members of a workload that services, deployments and revisions have in common. */
export function describeWorkload(workload: Workload) {
  return {
    taskDefinition: workload.taskDefinition.taskDefinitionArn,
    ...(workload.capacityProviderStrategy === undefined
      ? { launchType: workload.launchType }
      : { capacityProviderStrategy: workload.capacityProviderStrategy }),
    ...(workload.launchType === "FARGATE" && {
      platformVersion: workload.platformVersion,
      platformFamily: "Linux",
    }),
    networkConfiguration: workload.networkConfiguration,
  };
}

export function describeService(service: ServiceRecord, include: readonly string[]): Service {
  const { options, workload } = service;
  const counts = countTasks(service.tasks);
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: counts.running,
    pendingCount: counts.pending,
    ...(workload === undefined ? {} : describeWorkload(workload)),
    ...(usesLinkedRole(workload) && { roleArn: linkedRole(service.arn) }),
    loadBalancers: workload?.loadBalancers ?? [],
    serviceRegistries: [],
    deploymentConfiguration: service.configuration,
    deploymentController: options.deploymentController ?? { type: "ECS" },
    deployments: service.deployments.map((deployment) => describeDeployment(service, deployment)),
    ...currentRevisions(service),
    events: service.events.map((event) => ({ ...event, createdAt: date(event.createdAt) })),
    createdAt: date(service.createdAt),
    createdBy: service.createdBy,
    placementConstraints: options.placementConstraints ?? [],
    placementStrategy: options.placementStrategy ?? [],
    healthCheckGracePeriodSeconds: options.healthCheckGracePeriodSeconds ?? 0,
    schedulingStrategy: options.schedulingStrategy ?? "REPLICA",
    tags: include.includes("TAGS") ? service.tags : [],
    enableECSManagedTags: options.enableECSManagedTags ?? false,
    propagateTags: options.propagateTags ?? "NONE",
    enableExecuteCommand: options.enableExecuteCommand ?? false,
    availabilityZoneRebalancing: options.availabilityZoneRebalancing ?? "ENABLED",
  };
}

/** ECS manages network interfaces and target groups under its service-linked role. */
const usesLinkedRole = (workload: Workload | undefined): boolean =>
  workload?.networkConfiguration !== undefined || (workload?.loadBalancers?.length ?? 0) > 0;

/** docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html */
function linkedRole(serviceArn: string): string {
  const [, , , , accountId = ""] = serviceArn.split(":");
  return `arn:aws:iam::${accountId}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`;
}

function currentRevisions(
  service: ServiceRecord,
): Pick<Service, "currentServiceDeployment" | "currentServiceRevisions"> {
  const [primary] = service.deployments;
  if (primary === undefined) return {};
  return {
    currentServiceDeployment: primary.serviceDeployment.arn,
    currentServiceRevisions: service.deployments.map(({ revision }) => summarizeRevision(service, revision)),
  };
}

/** Requested, running and pending tasks of a revision. */
export function summarizeRevision(service: ServiceRecord, revision: ServiceRevisionRecord) {
  const counts = countTasks([...service.tasks].filter(({ deployment }) => deployment.revision === revision));
  const deployment = service.deployments.find((one) => one.revision === revision);
  return {
    arn: revision.arn,
    requestedTaskCount: deployment === undefined ? 0 : desiredCountOf(service, deployment),
    runningTaskCount: counts.running,
    pendingTaskCount: counts.pending,
  };
}

/** The desired count of a deployment that is being replaced is the number of its remaining tasks. */
function desiredCountOf(service: ServiceRecord, deployment: DeploymentRecord): number {
  return deployment.status === "PRIMARY" ? service.desiredCount : aliveTasks(service, deployment).length;
}

function describeDeployment(service: ServiceRecord, deployment: DeploymentRecord): Deployment {
  const counts = countTasks([...service.tasks].filter((task) => task.deployment === deployment));
  return {
    id: deployment.id,
    status: deployment.status,
    ...describeWorkload(deployment.revision.workload),
    desiredCount: desiredCountOf(service, deployment),
    runningCount: counts.running,
    pendingCount: counts.pending,
    failedTasks: deployment.failedTasks,
    createdAt: date(deployment.createdAt),
    updatedAt: date(deployment.updatedAt),
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
  };
}
