import type { TaskDefinitionNames } from "../config/task-definitions.ts";
import type { ObservedRevision, ObservedService, ObservedServiceDeployment, StoppedTask } from "./observation.ts";
import type { ObservedAlarm } from "./alarms.ts";
import type { ProbeAnswer } from "./probe.ts";
import type { TaskDefinitionAnswer, TaskDefinitionInput } from "./task-definition.ts";

/** Services of one cluster or several, as ECS shows them. */
export type ServiceObservations = {
  /** By name in ECS; what ECS does not know is absent. @throws RejectedError CLUSTER_NOT_FOUND */
  services(cluster: string, names: readonly string[]): Promise<ReadonlyMap<string, ObservedService>>;
  /** By ARN; what ECS does not know any more is absent (its history ends after 90 days). */
  serviceDeployments(arns: readonly string[]): Promise<ReadonlyMap<string, ObservedServiceDeployment>>;
  /** By ARN; what ECS does not know any more is absent. */
  serviceRevisions(arns: readonly string[]): Promise<ReadonlyMap<string, ObservedRevision>>;
  /** ARNs of a service's deployments, newest first, at most 100. */
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
   * Sets the service to a task definition and nothing else: neither the number of tasks nor a forced deployment, so that
   * the same call again changes nothing. @returns the id of the deployment that carries it
   */
  setTaskDefinition(cluster: string, service: string, taskDefinition: string): Promise<{ deploymentId?: string }>;
  scaleToZero(cluster: string, service: string): Promise<void>;
  /**
   * Has ECS roll a deployment back that is under way. `false` when it ended meanwhile.
   */
  rollBackDeployment(serviceDeploymentArn: string): Promise<boolean>;
};

export type TaskDefinitions = {
  /** @param taskDefinition ARN or `family:revision` */
  describe(taskDefinition: string): Promise<TaskDefinitionAnswer>;
  /** The newest revision that may still be used; undefined when a family has none. */
  latestActive(family: string): Promise<TaskDefinitionAnswer | undefined>;
  /** @returns the ARN of the new revision */
  register(input: TaskDefinitionInput): Promise<string>;
};

export type KeptImages = {
  /** Keeps an image from expiring, for good. @returns false when the registry has no such image */
  keep(repository: string, digest: string): Promise<boolean>;
};

export type ContainerLogs = {
  /**
   * The last lines that a container wrote, oldest first; none where its logs are not in CloudWatch, or cannot be read:
   * a verdict never fails for want of a log.
   */
  tail(task: { taskDefinition: string; taskArn: string; container: string }): Promise<readonly string[]>;
};

export type AlarmObservations = {
  /** In the order asked for. */
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

/** An ECS service as `plan-release` looks at it. */
export type InspectedService = {
  service: string;
  /** `MISSING` when ECS does not know it. */
  status: "ACTIVE" | "DRAINING" | "INACTIVE" | "MISSING";
  deploymentController: "ECS" | "CODE_DEPLOY" | "EXTERNAL";
  /** Container names of what a release is made from: of the template, or else of the task definition that the service is set to. */
  containers: readonly string[];
  /** Digest (`sha256:…`) by container name, where the task definition that the service is set to names the image by digest. */
  digests: Readonly<Record<string, string>>;
  /** What a release registers under and passes: family and roles of what it is set to, and roles of the template. */
  uses: Pick<TaskDefinitionNames, "families" | "roles">;
  /** A template that was asked for has no ACTIVE revision. */
  templateMissing?: true;
};

export type TaskDefinitionRegistry = {
  /** ARNs of the task definitions that any deployment of the services runs now. */
  inUse(cluster: string, services: readonly string[]): Promise<ReadonlySet<string>>;
  /** Takes a task definition out of use; done already: changes nothing. */
  deregister(taskDefinition: string): Promise<void>;
};

export type ServiceInspection = {
  /** In the order asked for. @throws RejectedError CLUSTER_NOT_FOUND */
  inspect(
    cluster: string,
    services: readonly { service: string; template?: string | undefined }[],
  ): Promise<readonly InspectedService[]>;
};
