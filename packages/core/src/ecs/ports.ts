import type { TaskDefinitionNames } from "../config/task-definitions.ts";
import type { ObservedRevision, ObservedService, ObservedServiceDeployment, StoppedTask } from "./observation.ts";
import type { ObservedAlarm } from "./alarms.ts";
import type { DeploymentSettings } from "./deployment-room.ts";
import type { ProbeAnswer } from "./probe.ts";
import type { TaskDefinitionAnswer, TaskDefinitionInput } from "./task-definition.ts";

/** Reads services and their deployments from ECS. */
export type ServiceObservations = {
  /** By name in ECS; unknown services are absent. @throws RejectedError CLUSTER_NOT_FOUND */
  services(cluster: string, names: readonly string[]): Promise<ReadonlyMap<string, ObservedService>>;
  /** By ARN; absent when ECS no longer knows it (after 90 days). */
  serviceDeployments(arns: readonly string[]): Promise<ReadonlyMap<string, ObservedServiceDeployment>>;
  /** By ARN; absent when ECS no longer knows it. */
  serviceRevisions(arns: readonly string[]): Promise<ReadonlyMap<string, ObservedRevision>>;
  /** ARNs of a service's service deployments, newest first, at most 100. */
  listServiceDeployments(
    cluster: string,
    service: string,
    filter: { since?: Date; status?: ObservedServiceDeployment["status"] },
  ): Promise<readonly string[]>;
  /** Stopped tasks that these deployments started, in any order; ECS shows them for about an hour. */
  stoppedTasks(
    cluster: string,
    deployments: readonly { service: string; deploymentId: string }[],
  ): Promise<readonly StoppedTask[]>;
};

export type ServiceUpdates = {
  /**
   * Sets the service's task definition only, without number of tasks and forced deployment, so that it is idempotent.
   * @returns the id of the deployment, and whether an earlier attempt of this call was not answered and may still take effect
   */
  setTaskDefinition(
    cluster: string,
    service: string,
    taskDefinition: string,
  ): Promise<{ deploymentId?: string; unanswered?: true }>;
  scaleToZero(cluster: string, service: string): Promise<void>;
  /** Makes ECS roll back a running deployment. `false` when it has ended meanwhile. */
  rollBackDeployment(serviceDeploymentArn: string): Promise<boolean>;
};

export type TaskDefinitions = {
  /** @param taskDefinition ARN or `family:revision` */
  describe(taskDefinition: string): Promise<TaskDefinitionAnswer>;
  /** The newest ACTIVE revision; undefined when the family has none. */
  latestActive(family: string): Promise<TaskDefinitionAnswer | undefined>;
  /** @returns the ARN of the new revision */
  register(input: TaskDefinitionInput): Promise<string>;
};

export type KeptImages = {
  /** Excludes an image from expiry permanently. @returns false when the registry has no such image */
  keep(repository: string, digest: string): Promise<boolean>;
};

export type ContainerLogs = {
  /** The last lines that a container wrote. Logs that cannot be read are no failure: then there are no lines. */
  tail(task: { taskDefinition: string; taskArn: string; container: string }): Promise<LogTail>;
};

export type LogTail = {
  /** Oldest first. */
  lines: readonly string[];
  /** Where the lines are, if the container does not log to CloudWatch Logs by its log driver; for people. */
  location?: string;
};

export type AlarmObservations = {
  /** In the order of the request. */
  describe(names: readonly string[]): Promise<readonly ObservedAlarm[]>;
};

export type HttpProbe = {
  /**
   * Sends a GET request and follows redirects by the rule of `redirectTarget`. Never rejects: a missing response is a result.
   *
   * @param timeoutSeconds of the whole request, including redirects and the response body
   */
  request(url: string, timeoutSeconds: number): Promise<ProbeAnswer>;
};

/** An ECS service, for the checks of `plan-release`. */
export type InspectedService = {
  service: string;
  /** `MISSING` when ECS has no such service. */
  status: "ACTIVE" | "DRAINING" | "INACTIVE" | "MISSING";
  deploymentController: "ECS" | "CODE_DEPLOY" | "EXTERNAL";
  /** How ECS replaces its tasks; absent where ECS does not have the service. */
  deployment?: DeploymentSettings;
  /** Container names of the template, or else of the service's task definition: a release is made from it. */
  containers: readonly string[];
  /** Digest (`sha256:…`) by container name, where the service's task definition has the image with a digest. */
  digests: Readonly<Record<string, string>>;
  /** Names that a release's permissions must cover: family and roles of the service's task definition, and roles of the template. */
  uses: Pick<TaskDefinitionNames, "families" | "roles">;
  /** The requested template has no ACTIVE revision. */
  templateMissing?: true;
};

export type TaskDefinitionRegistry = {
  /** ARNs of the task definitions that any deployment of the services runs now. */
  inUse(cluster: string, services: readonly string[]): Promise<ReadonlySet<string>>;
  /** Deregisters a task definition. Idempotent: running it again changes nothing. */
  deregister(taskDefinition: string): Promise<void>;
};

export type ServiceInspection = {
  /** In the order of the request. @throws RejectedError CLUSTER_NOT_FOUND */
  inspect(
    cluster: string,
    services: readonly { service: string; template?: string | undefined }[],
  ): Promise<readonly InspectedService[]>;
};
