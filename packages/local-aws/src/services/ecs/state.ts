/** What the local ECS keeps: records that the scheduler changes and the describe operations show. */
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
import type { World } from "../../world/world.ts";
import type { EcsIds } from "./arns.ts";
import type { RolloutStrategy } from "./rolling.ts";
import type { Shift, ShiftProgress } from "./shifting.ts";
import type { TaskListener } from "./task-listener.ts";

/** CloudWatch, as ECS watches it during deployments. */
export type DeploymentAlarmSource = {
  /** Names of those that are in the state ALARM. */
  raised(names: readonly string[]): readonly string[];
  /** How far back these alarms look, in milliseconds: period by evaluation periods, the longest of them. */
  windowMs(names: readonly string[]): number;
};

export type EcsContext = {
  world: World;
  images: ImageStore;
  engine: TaskEngine;
  ids: EcsIds;
  alarms: DeploymentAlarmSource;
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
  /** By id; stopped ones too, for as long as ECS shows them. */
  tasks: Map<string, TaskRecord>;
  /** RunTask's client tokens, for as long as they count. */
  clientTokens: Map<string, ClientTokenRecord>;
};

export type ClientTokenRecord = { usedAt: number; request: unknown; task: TaskRecord };

/** What a service revision fixes: changing any of it starts a deployment. */
export type Workload = Pick<
  CreateServiceRequest,
  "launchType" | "capacityProviderStrategy" | "loadBalancers" | "networkConfiguration" | "platformVersion"
> & { taskDefinition: RegisteredTaskDefinition };

/** What applies to the service at once, without a deployment. */
export type ServiceOptions = Pick<
  CreateServiceRequest,
  | "availabilityZoneRebalancing"
  | "deploymentController"
  | "enableECSManagedTags"
  | "enableExecuteCommand"
  | "healthCheckGracePeriodSeconds"
  | "propagateTags"
>;

export type Configuration = DeploymentConfiguration & { minimumHealthyPercent: number; maximumPercent: number };

/** How a service's deployments go on. */
export type Strategy = {
  plan: RolloutStrategy;
  /** How the traffic goes over, where it does. */
  shift?: Shift;
};

export type ServiceRecord = {
  cluster: ClusterRecord;
  name: string;
  arn: string;
  createdAt: number;
  createdBy: string;
  status: "ACTIVE" | "DRAINING" | "INACTIVE";
  desiredCount: number;
  /** Undefined for services of other deployment controllers, which exist here only to be looked at. */
  workload: Workload | undefined;
  options: ServiceOptions;
  configuration: Configuration;
  /** Chosen anew with every change of the configuration. */
  strategy: Strategy;
  tags: Tag[];
  /** The PRIMARY one first, then the newest. */
  deployments: DeploymentRecord[];
  /** Newest first. */
  serviceDeployments: ServiceDeploymentRecord[];
  revisions: ServiceRevisionRecord[];
  /** Newest first. */
  events: { id: string; createdAt: number; message: string }[];
  /** Those that are not STOPPED. */
  tasks: Set<ServiceTaskRecord>;
  steady: boolean;
  /** When the scheduler looks next. */
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
  /** Consecutive ones, as DescribeServices tells them. */
  failedTasks: number;
  /** Those that the circuit breaker counts. */
  breakerFailures: number;
  /** Consecutive tasks that never ran: each makes the next launch wait longer. */
  launchFailures: number;
  launchNotBefore: number;
  /** Since when everything is as it should be. */
  steadySince: number | undefined;
  /** Why it failed, in the words of `rolloutStateReason`: the circuit breaker, or an alarm. */
  failure?: string;
  /** Refuted, but ECS does not say FAILED before its tasks are gone. */
  knownBad: boolean;
  /** The service's events say already that its own percentages leave no room to move. */
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
  /** Where it stands, when its strategy shifts traffic and there was something to shift it from. */
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

/** What a task was launched with, beside its task definition. */
export type TaskOptions = Pick<
  Task,
  | "capacityProviderName"
  | "enableExecuteCommand"
  | "group"
  | "launchType"
  | "overrides"
  | "platformVersion"
  | "startedBy"
>;

/** A task, of a service or by itself. */
export type TaskRecord = {
  id: string;
  arn: string;
  cluster: ClusterRecord;
  service?: ServiceRecord;
  deployment?: DeploymentRecord;
  options: TaskOptions;
  /** Who is told what becomes of it. */
  listener: TaskListener;
  definition: RegisteredTaskDefinition;
  containers: ContainerRecord[];
  status: TaskStatus;
  desiredStatus: "RUNNING" | "STOPPED";
  health: "UNKNOWN" | "HEALTHY" | "UNHEALTHY";
  /** What its health check, the container's or the load balancer's, said last. */
  lastCheck?: "HEALTHY" | "UNHEALTHY";
  /** Whether it counts towards the minimum healthy percent. */
  counts: boolean;
  /** Increases with every change, so that receivers of repeated events can tell. */
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

/** Tasks that were not told to end. */
export function aliveTasks(service: ServiceRecord, deployment?: DeploymentRecord): ServiceTaskRecord[] {
  return [...service.tasks].filter(
    (task) => task.desiredStatus === "RUNNING" && (deployment === undefined || task.deployment === deployment),
  );
}

/** Tasks of a revision by what DescribeServices counts: `running` is RUNNING, `pending` is on its way there. */
export function countTasks(tasks: Iterable<TaskRecord>): { running: number; pending: number } {
  let running = 0;
  let pending = 0;
  for (const task of tasks) {
    if (task.status === "RUNNING") running += 1;
    else if (task.status === "PROVISIONING" || task.status === "PENDING" || task.status === "ACTIVATING") pending += 1;
  }
  return { running, pending };
}
