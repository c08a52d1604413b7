import {
  type ContainerDefinition,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  type Service,
  type ServiceField,
  type TaskDefinition,
} from "@aws-sdk/client-ecs";
import { namesIn } from "@lockmaster/core/config/task-definitions.ts";
import { RejectedError } from "@lockmaster/core/lib/errors.ts";
import type { InspectedService, ServiceInspection } from "@lockmaster/core/ecs/ports.ts";
import { inChunks } from "../lib/chunks.ts";
import { isAwsError, required, withTranslatedErrors } from "../lib/errors.ts";
import { deploymentSettings, instancesOf, isOnInstances } from "./deployment-settings.ts";
import { isMissingTaskDefinition } from "./task-definitions.ts";

/** DescribeServices accepts at most this many services. */
const servicesPerCall = 10;

/** Inspects services before a release is planned. */
export function ecsInspection(client: ECSClient): ServiceInspection {
  return {
    async inspect(cluster, services) {
      const names = services.map(({ service }) => service);
      const found = await describeServices(client, cluster, names);
      return await Promise.all(
        services.map((requested) => inspectService(client, { cluster, ...requested }, found.get(requested.service))),
      );
    },
  };
}

/**
 * Services of a cluster by name, without those that ECS does not have. Calls ECS in parallel, for ten services at a time.
 *
 * @throws RejectedError CLUSTER_NOT_FOUND
 */
export async function describeServices(
  client: ECSClient,
  cluster: string,
  services: readonly string[],
  include: ServiceField[] = [],
): Promise<ReadonlyMap<string, Service>> {
  const call = { action: "ecs:DescribeServices", resource: `cluster ${cluster}` };
  const answers = await Promise.all(
    inChunks([...new Set(services)], servicesPerCall).map((chunk) =>
      withTranslatedErrors(call, async () => {
        try {
          const answer = await client.send(
            new DescribeServicesCommand({ cluster, services: chunk, ...(include.length > 0 && { include }) }),
          );
          return required(answer.services, call, "a list of services");
        } catch (error) {
          throw isAwsError(error, "ClusterNotFoundException") ? clusterNotFound(cluster, error) : error;
        }
      }),
    ),
  );
  return new Map(answers.flat().map((service) => [service.serviceName ?? "", service]));
}

async function inspectService(
  client: ECSClient,
  { cluster, service, template }: Parameters<ServiceInspection["inspect"]>[1][number] & { cluster: string },
  found: Service | undefined,
): Promise<InspectedService> {
  const [live = {}, followed] = await Promise.all([
    found?.taskDefinition === undefined ? undefined : describe(client, found.taskDefinition),
    template === undefined ? undefined : newestOf(client, template),
  ]);
  const { families, roles } = namesIn(live);
  const settings = found === undefined ? undefined : deploymentSettings(found, followed ?? live);
  const needsInstances = settings !== undefined && settings.hostPorts.length > 0 && isOnInstances(found);
  const instances = needsInstances ? await instancesOf(client, cluster) : undefined;
  return {
    service,
    status: statusOf(found),
    ...(settings !== undefined && { deployment: { ...settings, ...(instances !== undefined && { instances }) } }),
    deploymentController: found?.deploymentController?.type ?? "ECS",
    containers: (followed ?? live).containerDefinitions?.map(({ name = "" }) => name) ?? [],
    digests: Object.fromEntries(live.containerDefinitions?.flatMap(pinnedDigest) ?? []),
    uses: { families, roles: [...roles, ...namesIn(followed ?? {}).roles] },
    ...(template !== undefined && followed === undefined && { templateMissing: true }),
  };
}

/** `registry/repository@sha256:…` contains the digest; a tag does not identify what runs. */
function pinnedDigest({ name = "", image = "" }: ContainerDefinition): [string, string][] {
  const [, digest] = image.split("@");
  return digest === undefined ? [] : [[name, digest]];
}

const statuses = ["ACTIVE", "DRAINING", "INACTIVE"] as const;

const statusOf = (found: Service | undefined): InspectedService["status"] =>
  statuses.find((status) => status === found?.status) ?? "MISSING";

async function describe(client: ECSClient, taskDefinition: string): Promise<TaskDefinition | undefined> {
  const answer = await withTranslatedErrors({ action: "ecs:DescribeTaskDefinition", resource: taskDefinition }, () =>
    client.send(new DescribeTaskDefinitionCommand({ taskDefinition })),
  );
  return answer.taskDefinition;
}

/** Undefined when the family has no ACTIVE revision. */
async function newestOf(client: ECSClient, family: string): Promise<TaskDefinition | undefined> {
  try {
    return await describe(client, family);
  } catch (error) {
    if (error instanceof RejectedError && isMissingTaskDefinition(error.cause)) return undefined;
    throw error;
  }
}

const clusterNotFound = (cluster: string, cause: unknown) =>
  new RejectedError(
    `the cluster ${cluster} does not exist in this account and region; create it or correct the configuration, then redrive.`,
    {
      code: "CLUSTER_NOT_FOUND",
      cause,
    },
  );
