import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { BuiltImage } from "../contract/steps.ts";
import { primaryOf, type ObservedDeployment } from "./observation.ts";
import { requireActive } from "./observe-snapshot.ts";
import type { ServiceObservations, TaskDefinitions } from "./ports.ts";
import { renderReleased } from "./template.ts";
import { serviceOf, type ServiceConfiguration } from "../policy/policy.ts";
import {
  renderTaskDefinition,
  sameTaskDefinition,
  type TaskDefinitionAnswer,
  type TaskDefinitionInput,
} from "./task-definition.ts";

/** The task definition that a service runs after a release, and the revision that it is registered as. */
type ReleasedTaskDefinition = {
  wanted: TaskDefinitionInput;
  /** The service's task definition now, in the same form. */
  current: TaskDefinitionInput;
  /** The service already runs it. */
  isLive: boolean;
  /** ARN of the revision to use; absent when it must be registered first. */
  registered?: string;
};

/**
 * The task definition of a service, or its template where it has one, with the release's images and nothing else changed. All
 * steps of a release find the same revision: the one that the first step registered is the latest of the family.
 *
 * @param liveArn task definition that the service is set to
 * @throws RejectedError CONTAINER_NOT_FOUND, TEMPLATE_NOT_FOUND
 */
async function findReleased(
  taskDefinitions: Pick<TaskDefinitions, "describe" | "latestActive">,
  liveArn: string,
  configured: ServiceConfiguration,
  images: readonly BuiltImage[],
): Promise<ReleasedTaskDefinition> {
  const { live, latest } = await liveAndLatest(taskDefinitions, liveArn);
  const wanted = await renderReleased(taskDefinitions, live, configured, referencesOf(configured, images));
  const current = renderTaskDefinition(live, {});
  const isLive = sameTaskDefinition(wanted, current);
  const registered = isLive && live.taskDefinition.status !== "INACTIVE" ? liveArn : registeredAs(latest, wanted);
  return { wanted, current, isLive, ...(registered !== undefined && { registered }) };
}

/** A service before a release changes it: its primary deployment, and the task definition that it runs afterwards. */
type Deployment = ReleasedTaskDefinition & {
  configured: ServiceConfiguration;
  /** Absent where ECS reports none. */
  primary: ObservedDeployment | undefined;
};

export type DeploymentReads = {
  ecs: Pick<ServiceObservations, "services">;
  taskDefinitions: Pick<TaskDefinitions, "describe" | "latestActive">;
};

/**
 * The task definition that a release would set a service to now. Changes nothing.
 *
 * @param service its name in the configuration
 * @throws RejectedError CONFIGURATION_MISSING, SERVICE_NOT_FOUND, SERVICE_INACTIVE, CONTAINER_NOT_FOUND, TEMPLATE_NOT_FOUND
 */
export async function findDeployment(
  { ecs, taskDefinitions }: DeploymentReads,
  environment: EnvironmentConfiguration,
  service: string,
  images: readonly BuiltImage[],
): Promise<Deployment> {
  const { cluster } = environment;
  const configured = serviceOf(environment, service);
  const found = (await ecs.services(cluster, [configured.service])).get(configured.service);
  const observed = requireActive(found, cluster, configured.service);
  const primary = primaryOf(observed);
  const live = primary?.taskDefinition ?? observed.taskDefinition;
  return { configured, primary, ...(await findReleased(taskDefinitions, live, configured, images)) };
}

/** ARN of the family's latest ACTIVE revision, when it equals the task definition to register. */
export async function findRegistered(
  taskDefinitions: Pick<TaskDefinitions, "latestActive">,
  wanted: TaskDefinitionInput,
): Promise<string | undefined> {
  return registeredAs(await taskDefinitions.latestActive(wanted.family), wanted);
}

function registeredAs(latest: TaskDefinitionAnswer | undefined, wanted: TaskDefinitionInput): string | undefined {
  return latest !== undefined && sameTaskDefinition(renderTaskDefinition(latest, {}), wanted)
    ? latest.taskDefinition.taskDefinitionArn
    : undefined;
}

/** The task definition that a service runs, and the newest of its family: mostly the same one, which is then read once. */
async function liveAndLatest(
  taskDefinitions: Pick<TaskDefinitions, "describe" | "latestActive">,
  arn: string,
): Promise<{ live: TaskDefinitionAnswer; latest: TaskDefinitionAnswer | undefined }> {
  const latest = await taskDefinitions.latestActive(familyOf(arn));
  const live = latest?.taskDefinition.taskDefinitionArn === arn ? latest : await taskDefinitions.describe(arn);
  return { live, latest };
}

/** `arn:aws:ecs:eu-west-1:111122223333:task-definition/family:7` → `family` */
const familyOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1).replace(/:\d+$/, "");

/** Image reference by container name, always with a digest. Containers of images that are not released keep their images. */
function referencesOf({ containers }: ServiceConfiguration, images: readonly BuiltImage[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(containers).flatMap(([container, image]) => {
      const built = images.find((one) => one.image === image);
      return built === undefined ? [] : [[container, `${built.repositoryUri}@${built.digest}`]];
    }),
  );
}
