/** The state of the local ECS: records that the scheduler changes and the describe operations return. */
import type {
  Cluster,
  ContainerDefinition,
  CreateServiceRequest,
  DeploymentConfiguration,
  DeploymentRolloutState,
  ServiceDeploymentRollbackMonitorsStatus,
  ServiceDeploymentStatus,
  Tag,
  Task,
  TaskDefinition,
  TaskStopCode,
} from "@aws-sdk/client-ecs";
import type { ImageStore, RunningTask, TaskEngine } from "../../engines/engine.ts";
import type { ContainerInstances } from "../../scenario/scenario.ts";
import type { World } from "../../world/world.ts";
import type { EcsIds } from "./arns.ts";
import type { RolloutStrategy } from "./rolling.ts";
import type { Shift, ShiftProgress } from "./shifting.ts";
import type { TaskListener } from "./task-listener.ts";

/** CloudWatch's alarms, which ECS polls during deployments. */
export type DeploymentAlarmSource = {
  /** The given alarms that are in the state ALARM. */
  raised(names: readonly string[]): readonly string[];
  /** The longest evaluation window of these alarms, in milliseconds: period times evaluation periods. */
  windowMs(names: readonly string[]): number;
};

export type EcsContext = {
  world: World;
  images: ImageStore;
  engine: TaskEngine;
  ids: EcsIds;
  alarms: DeploymentAlarmSource;
  /** Container instances by cluster: their number, if their size does not matter. */
  containerInstances: Readonly<Record<string, number | ContainerInstances>>;
  clusters: Map<string, ClusterRecord>;
  /** By family, in the order of revisions. */
  families: Map<string, TaskDefinitionRecord[]>;
};

export type RegisteredTaskDefinition = TaskDefinition & {
  taskDefinitionArn: string;
  family: string;
  revision: number;
  status: "ACTIVE" | "INACTIVE";
  containerDefinitions: ContainerDefinition[];
};

export type TaskDefinitionRecord = { definition: RegisteredTaskDefinition; tags: Tag[] };

export type ClusterRecord = {
  name: string;
  arn: string;
  settings: NonNullable<Cluster["settings"]>;
  tags: Tag[];
  services: Map<string, ServiceRecord>;
  /** By id, with the stopped tasks that ECS still shows. */
  tasks: Map<string, TaskRecord>;
  /** RunTask's client tokens that have not expired. */
  clientTokens: Map<string, ClientTokenRecord>;
};

type ClientTokenRecord = { usedAt: number; request: unknown; tasks: readonly TaskRecord[] };

/** The content of a service revision: changing any of it starts a deployment. */
export type Workload = Pick<
  CreateServiceRequest,
  "launchType" | "capacityProviderStrategy" | "loadBalancers" | "networkConfiguration" | "platformVersion"
> & { taskDefinition: RegisteredTaskDefinition };

/** Settings that apply to the service at once, without a deployment. */
type ServiceOptions = Pick<
  CreateServiceRequest,
  | "availabilityZoneRebalancing"
  | "deploymentController"
  | "enableECSManagedTags"
  | "enableExecuteCommand"
  | "healthCheckGracePeriodSeconds"
  | "placementConstraints"
  | "placementStrategy"
  | "propagateTags"
  | "schedulingStrategy"
>;

export type Configuration = DeploymentConfiguration & { minimumHealthyPercent: number; maximumPercent: number };

/** How ECS carries out a service's deployments. */
export type Strategy = {
  plan: RolloutStrategy;
  /** Absent for strategies that do not shift traffic. */
  shift?: Shift;
};

export type ServiceRecord = {
  cluster: ClusterRecord;
  name: string;
  arn: string;
  createdAt: number;
  createdBy: string;
  /** The request that created it. */
  creation: unknown;
  status: "ACTIVE" | "DRAINING" | "INACTIVE";
  desiredCount: number;
  /** Undefined for services of other deployment controllers, which never run tasks here. */
  workload: Workload | undefined;
  options: ServiceOptions;
  configuration: Configuration;
  /** Follows from `configuration`. */
  strategy: Strategy;
  tags: Tag[];
  /** The PRIMARY deployment first, then newest first. */
  deployments: DeploymentRecord[];
  /** Newest first. */
  serviceDeployments: ServiceDeploymentRecord[];
  revisions: ServiceRevisionRecord[];
  /** Newest first. */
  events: { id: string; createdAt: number; message: string }[];
  /** Tasks that are not STOPPED. */
  tasks: Set<ServiceTaskRecord>;
  steady: boolean;
  /** The scheduler's next step. */
  wake: { at: number; cancel(): void } | undefined;
};

export type ServiceRevisionRecord = {
  arn: string;
  createdAt: number;
  workload: Workload;
  /** Digest by container name, as the first task of the revision resolved it. */
  digests: Map<string, string>;
};

export type DeploymentRecord = {
  id: string;
  revision: ServiceRevisionRecord;
  serviceDeployment: ServiceDeploymentRecord;
  status: "PRIMARY" | "ACTIVE";
  rolloutState: DeploymentRolloutState;
  rolloutStateReason: string;
  createdAt: number;
  updatedAt: number;
  /** Consecutive failed tasks, as in DescribeServices. */
  failedTasks: number;
  /** Failed tasks that the circuit breaker counts. */
  breakerFailures: number;
  /** Consecutive tasks that never ran: each delays the next launch longer. */
  launchFailures: number;
  launchNotBefore: number;
  /** Since when exactly the desired tasks of this deployment run. */
  steadySince: number | undefined;
  /** Why it failed, as in `rolloutStateReason`: the circuit breaker, or an alarm. */
  failure?: string;
  /** Its rollout failed and a rollback has begun. ECS reports FAILED only when its tasks are gone. */
  knownBad: boolean;
  /** Whether a service event has reported that the configured percentages block the deployment. */
  blocked: boolean;
};

export type ServiceDeploymentRecord = {
  arn: string;
  createdAt: number;
  updatedAt: number;
  startedAt?: number;
  finishedAt?: number;
  stoppedAt?: number;
  sources: ServiceRevisionRecord[];
  target: ServiceRevisionRecord;
  status: ServiceDeploymentStatus;
  statusReason?: string;
  rollback?: { reason: string; startedAt: number; to: ServiceRevisionRecord };
  breaker: { status: ServiceDeploymentRollbackMonitorsStatus; failureCount: number };
  alarms: { names: string[]; status: ServiceDeploymentRollbackMonitorsStatus; triggered: string[] };
  /** Present when the strategy shifts traffic and tasks of an earlier revision ran at the beginning. */
  shift?: { plan: Shift; progress: ShiftProgress };
};

export type TaskStatus =
  | "PROVISIONING"
  | "PENDING"
  | "ACTIVATING"
  | "RUNNING"
  | "DEACTIVATING"
  | "STOPPING"
  | "DEPROVISIONING"
  | "STOPPED";

export type ContainerRecord = {
  name: string;
  id: string;
  runtimeId: string;
  image: string;
  definition: ContainerDefinition;
  digest?: string;
  exitCode?: number;
  reason?: string;
};

/** Settings of a task's launch, apart from its task definition. */
export type TaskOptions = Pick<
  Task,
  | "capacityProviderName"
  | "containerInstanceArn"
  | "enableExecuteCommand"
  | "group"
  | "launchType"
  | "overrides"
  | "platformVersion"
  | "startedBy"
>;

/** A task of a service, or a one-off task. */
export type TaskRecord = {
  id: string;
  arn: string;
  cluster: ClusterRecord;
  service?: ServiceRecord;
  deployment?: DeploymentRecord;
  options: TaskOptions;
  tags: readonly Tag[];
  /** Subnets of its network configuration; none without awsvpc. */
  subnets: readonly string[];
  listener: TaskListener;
  definition: RegisteredTaskDefinition;
  containers: ContainerRecord[];
  status: TaskStatus;
  desiredStatus: "RUNNING" | "STOPPED";
  health: "UNKNOWN" | "HEALTHY" | "UNHEALTHY";
  /** The last result of its health check, by the container or the load balancer. */
  lastCheck?: "HEALTHY" | "UNHEALTHY";
  /** Whether it counts towards the minimum healthy percent. */
  counts: boolean;
  /** Increases with every change, so that receivers detect repeated events. */
  version: number;
  times: Partial<Record<TaskMoment, number>> & { createdAt: number };
  stop?: { code: TaskStopCode; reason: string };
  running?: RunningTask;
};

export type ServiceTaskRecord = TaskRecord & { service: ServiceRecord; deployment: DeploymentRecord };

export type TaskMoment =
  | "connectivityAt"
  | "pullStartedAt"
  | "pullStoppedAt"
  | "startedAt"
  | "stoppingAt"
  | "executionStoppedAt"
  | "stoppedAt";

/** Tasks that ECS is not stopping. */
export function aliveTasks(service: ServiceRecord, deployment?: DeploymentRecord): ServiceTaskRecord[] {
  return [...service.tasks].filter(
    (task) => task.desiredStatus === "RUNNING" && (deployment === undefined || task.deployment === deployment),
  );
}

/** Counts tasks as DescribeServices does: `running` means RUNNING, `pending` means every status before that. */
export function countTasks(tasks: Iterable<TaskRecord>): { running: number; pending: number } {
  let running = 0;
  let pending = 0;
  for (const task of tasks) {
    if (task.status === "RUNNING") running += 1;
    else if (task.status === "PROVISIONING" || task.status === "PENDING" || task.status === "ACTIVATING") pending += 1;
  }
  return { running, pending };
}
