/**
 * What ECS demands of request members: its API model, and the limits in the documentation of the members (the SDK's types
 * and docs.aws.amazon.com/AmazonECS/latest/APIReference). References, page tokens and contradictions between members are
 * checked where they are used.
 */
import * as sdk from "@aws-sdk/client-ecs";
import type { Constraint, Constraints, RefuseViolations, Violation } from "../../protocol/constraints.ts";
import { clientError, invalidParameter } from "./errors.ts";

const oneOf = (values: Readonly<Record<string, string>>): Constraint => ({ oneOf: Object.values(values) });
const eachOneOf = (values: Readonly<Record<string, string>>): Constraint => ({ each: oneOf(values) });
const integer = (min: number, max: number): Constraint => ({ range: [min, max], integer: true });
const text = (max: number, min = 0): Constraint => ({ length: [min, max] });
const size = (max: number, min = 0): Constraint => ({ length: [min, max] });

const maxInteger = 2_147_483_647;
const anyInteger = integer(-maxInteger - 1, maxInteger);
const count = integer(0, maxInteger);
const port = integer(0, 65_535);
const tags = size(50);
const tagText = /[\p{L}\p{Z}\p{N}_.:/=+\-@]*/u;
const page: Readonly<Record<string, Constraint>> = { maxResults: anyInteger };
/** Quota "Tasks per service": docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html */
const desiredCount = integer(0, 5000);
const name = /[a-zA-Z0-9\-_]+/;
/** Printable ASCII characters without the space: docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html */
const clientToken: Constraint = { length: [1, 64], pattern: /[\x21-\x7e]*/ };

const service: Readonly<Record<string, Constraint>> = {
  availabilityZoneRebalancing: oneOf(sdk.AvailabilityZoneRebalancing),
  capacityProviderStrategy: size(20),
  desiredCount,
  healthCheckGracePeriodSeconds: count,
  loadBalancers: size(5),
  propagateTags: oneOf(sdk.PropagateTags),
};

export const ecsConstraints: Constraints = {
  Tag: {
    key: { length: [1, 128], pattern: /(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*/iu },
    value: { length: [0, 256], pattern: tagText },
  },

  CreateClusterRequest: { tags },
  ClusterSetting: { name: oneOf(sdk.ClusterSettingName), value: { oneOf: ["enabled", "disabled", "enhanced"] } },
  DescribeClustersRequest: { clusters: size(100), include: eachOneOf(sdk.ClusterField) },
  ListClustersRequest: page,

  RegisterTaskDefinitionRequest: {
    family: text(255),
    // Quota "Containers per task definition".
    containerDefinitions: size(10),
    ipcMode: oneOf(sdk.IpcMode),
    networkMode: oneOf(sdk.NetworkMode),
    pidMode: oneOf(sdk.PidMode),
    placementConstraints: size(10),
    requiresCompatibilities: eachOneOf(sdk.Compatibility),
    tags,
  },
  DescribeTaskDefinitionRequest: { include: eachOneOf(sdk.TaskDefinitionField) },
  ListTaskDefinitionsRequest: {
    ...page,
    familyPrefix: { length: [0, 255], pattern: name },
    sort: oneOf(sdk.SortOrder),
    status: oneOf(sdk.TaskDefinitionStatus),
  },
  ContainerDefinition: {
    name: text(255),
    cpu: count,
    memory: integer(4, maxInteger),
    memoryReservation: integer(4, maxInteger),
    hostname: text(253),
    startTimeout: count,
    stopTimeout: count,
    versionConsistency: oneOf(sdk.VersionConsistency),
  },
  ContainerDependency: { condition: oneOf(sdk.ContainerCondition) },
  ContainerRestartPolicy: {
    ignoredExitCodes: { length: [0, 50], each: anyInteger },
    restartAttemptPeriod: integer(60, 1800),
  },
  Device: { permissions: eachOneOf(sdk.DeviceCgroupPermission) },
  DockerVolumeConfiguration: { scope: oneOf(sdk.Scope) },
  EFSAuthorizationConfig: { iam: oneOf(sdk.EFSAuthorizationConfigIAM) },
  EFSVolumeConfiguration: { transitEncryption: oneOf(sdk.EFSTransitEncryption), transitEncryptionPort: port },
  EnvironmentFile: { type: oneOf(sdk.EnvironmentFileType) },
  EphemeralStorage: { sizeInGiB: integer(21, 200) },
  FirelensConfiguration: { type: oneOf(sdk.FirelensConfigurationType) },
  HealthCheck: {
    interval: integer(5, 300),
    retries: integer(1, 10),
    startPeriod: integer(0, 300),
    timeout: integer(2, 60),
  },
  LinuxParameters: { maxSwap: count, sharedMemorySize: count, swappiness: integer(0, 100) },
  LogConfiguration: { logDriver: oneOf(sdk.LogDriver) },
  PortMapping: {
    appProtocol: oneOf(sdk.ApplicationProtocol),
    containerPort: port,
    hostPort: port,
    name: { length: [0, 64], pattern: /([a-z0-9][a-z0-9_-]*)?/ },
    protocol: oneOf(sdk.TransportProtocol),
  },
  ProxyConfiguration: { type: oneOf(sdk.ProxyConfigurationType) },
  ResourceRequirement: { type: oneOf(sdk.ResourceType) },
  RuntimePlatform: { cpuArchitecture: oneOf(sdk.CPUArchitecture), operatingSystemFamily: oneOf(sdk.OSFamily) },
  S3FilesVolumeConfiguration: { transitEncryptionPort: port },
  TaskDefinitionPlacementConstraint: { expression: text(2000), type: oneOf(sdk.TaskDefinitionPlacementConstraintType) },
  Tmpfs: { size: count },
  Ulimit: { hardLimit: anyInteger, name: oneOf(sdk.UlimitName), softLimit: anyInteger },

  CreateServiceRequest: {
    ...service,
    clientToken,
    launchType: oneOf(sdk.LaunchType),
    placementConstraints: size(10),
    placementStrategy: size(5),
    schedulingStrategy: oneOf(sdk.SchedulingStrategy),
    tags,
  },
  UpdateServiceRequest: { ...service, placementConstraints: size(10), placementStrategy: size(5) },
  DescribeServicesRequest: { include: eachOneOf(sdk.ServiceField) },
  ListServicesRequest: {
    ...page,
    launchType: oneOf(sdk.LaunchType),
    schedulingStrategy: oneOf(sdk.SchedulingStrategy),
    resourceManagementType: oneOf(sdk.ResourceManagementType),
  },
  AwsVpcConfiguration: {
    assignPublicIp: oneOf(sdk.AssignPublicIp),
    securityGroups: { length: [0, 5], each: { length: [1, 64], pattern: /sg-[\w-]+/ } },
    subnets: { length: [1, 16], each: { length: [1, 64], pattern: /subnet-[\w-]+/ } },
  },
  CanaryConfiguration: { canaryBakeTimeInMinutes: anyInteger },
  CapacityProviderStrategyItem: { base: integer(0, 100_000), weight: integer(0, 1000) },
  DeploymentConfiguration: {
    bakeTimeInMinutes: anyInteger,
    maximumPercent: anyInteger,
    minimumHealthyPercent: anyInteger,
    strategy: oneOf(sdk.DeploymentStrategy),
  },
  DeploymentAlarms: { alarmNames: { each: text(255, 1) } },
  DeploymentController: { type: oneOf(sdk.DeploymentControllerType) },
  DeploymentEarlySuccessCriteria: {
    healthyPercent: integer(1, 100),
    sourceServiceRevisionCleanup: oneOf(sdk.ServiceRevisionCleanup),
  },
  DeploymentLifecycleHook: {
    lifecycleStages: eachOneOf(sdk.DeploymentLifecycleHookStage),
    targetType: oneOf(sdk.DeploymentLifecycleHookTargetType),
  },
  DeploymentLifecycleHookTimeoutConfiguration: {
    action: oneOf(sdk.DeploymentLifecycleHookAction),
    timeoutInMinutes: integer(1, 20_160),
  },
  LinearConfiguration: { stepBakeTimeInMinutes: anyInteger },
  LoadBalancer: { containerPort: port },
  PlacementConstraint: { expression: text(2000), type: oneOf(sdk.PlacementConstraintType) },
  PlacementStrategy: { field: text(255), type: oneOf(sdk.PlacementStrategyType) },
  ThresholdConfiguration: { type: oneOf(sdk.ThresholdType), value: integer(1, maxInteger) },

  ListServiceDeploymentsRequest: { ...page, status: eachOneOf(sdk.ServiceDeploymentStatus) },
  StopServiceDeploymentRequest: { stopType: oneOf(sdk.StopServiceDeploymentStopType) },

  RunTaskRequest: {
    capacityProviderStrategy: size(20),
    clientToken,
    count: integer(1, 10),
    group: text(255),
    launchType: oneOf(sdk.LaunchType),
    placementConstraints: size(10),
    placementStrategy: size(5),
    propagateTags: oneOf(sdk.PropagateTags),
    referenceId: text(1024),
    // Only the length: the action of fabfuel/ecs-deploy sends "ECS Deploy", although the documentation has no spaces.
    startedBy: text(128),
    tags,
  },
  ContainerOverride: { cpu: count, memory: integer(4, maxInteger), memoryReservation: integer(4, maxInteger) },
  ListTasksRequest: {
    ...page,
    desiredStatus: oneOf(sdk.DesiredStatus),
    family: { length: [0, 255], pattern: name },
    launchType: oneOf(sdk.LaunchType),
    startedBy: text(128),
  },
  DescribeTasksRequest: { tasks: size(100, 1), include: eachOneOf(sdk.TaskField) },
  StopTaskRequest: { reason: text(1024) },
};

/**
 * ECS reports the first broken constraint, in words of its own: `startedBy longer than 36.` (convox/rack#1727), `include
 * should be one of [ATTACHMENTS,SETTINGS]` (hashicorp/terraform-provider-aws#23342), `Clusters can not be blank.`
 * (blox/blox#170), `family must match ^[a-zA-Z0-9\-_]+$` (awslabs/ecs-task-kite#6). RegisterTaskDefinition answers with
 * ClientException.
 */
export const refuseInEcs: RefuseViolations = (violations, operation) => {
  const [first] = violations;
  const message = first === undefined ? "Invalid request." : messageOf(first);
  return operation === "ecs:RegisterTaskDefinition" ? clientError(message) : invalidParameter(message);
};

function messageOf({ member, value, broken }: Violation): string {
  const title = member.charAt(0).toUpperCase() + member.slice(1);
  switch (broken.kind) {
    case "required":
      return `${title} can not be blank.`;
    case "oneOf":
      return `${member} should be one of [${broken.values.join(",")}]`;
    case "pattern":
      return `${member} must match ^${broken.pattern}$`;
    case "range":
      return `${member} must be between ${broken.limits[0]} and ${broken.limits[1]}.`;
    case "length": {
      const [min, max] = broken.limits;
      if (broken.of === "list") {
        return isShort(value, min) ? `${title} cannot be empty.` : `${title} cannot have more than ${max} elements.`;
      }
      return isShort(value, min) ? `${title} can not be blank.` : `${member} longer than ${max}.`;
    }
  }
}

function isShort(value: unknown, min: number): boolean {
  return (typeof value === "string" || Array.isArray(value)) && value.length < min;
}
