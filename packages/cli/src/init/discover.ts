import { ECRClient, paginateDescribeRepositories } from "@aws-sdk/client-ecr";
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  type Service,
  paginateListClusters,
  paginateListServices,
} from "@aws-sdk/client-ecs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { inChunks } from "@lockmaster/aws/ecs/services.ts";
import { namesIn } from "@lockmaster/core/config/task-definitions.ts";
import type { ClientConfig } from "../lib/operator-clients.ts";

export type FoundContainer = { name: string; image: string };

/** A service as ECS describes it, and the task definition that it is set to. */
export type FoundService = {
  cluster: string;
  service: string;
  /** `ECS`, `CODE_DEPLOY`, `EXTERNAL`. */
  controller: string;
  /** `REPLICA`, `DAEMON`. */
  scheduling: string;
  /** Absent where an external controller has the task definition in its task sets. */
  family?: string;
  /** `X86_64` where the task definition names none, as ECS has it. */
  architecture: string;
  containers: readonly FoundContainer[];
  /** Names of the task and execution roles, with their paths. */
  roles: readonly string[];
  /** Log groups that its containers write to. */
  logGroups: readonly string[];
};

/** What an account has in one region, as far as releases concern it. */
export type Discovery = {
  account: string;
  region: string;
  services: readonly FoundService[];
  /** Names of the ECR repositories. */
  repositories: readonly string[];
};

/** DescribeServices takes at most this many. */
const servicesPerCall = 10;

/**
 * Finds clusters, their active services with what these run, and ECR repositories.
 *
 * @param only names of clusters; all of the region when empty
 */
export async function discover(
  config: ClientConfig,
  only: readonly string[],
  progress: (text: string) => void,
): Promise<Discovery> {
  const [ecs, ecr, sts] = [new ECSClient(config), new ECRClient(config), new STSClient(config)];
  try {
    const region = await ecs.config.region();
    const { Account: account = "" } = await sts.send(new GetCallerIdentityCommand({}));
    const clusters = only.length > 0 ? only : await clustersOf(ecs);
    progress(`Account ${account}, ${region}: ${clusters.length} clusters`);
    const services: FoundService[] = [];
    for (const cluster of clusters) {
      const found = await servicesOf(ecs, cluster);
      progress(`Cluster ${cluster}: ${found.length} services`);
      services.push(...found);
    }
    const repositories = await repositoriesOf(ecr);
    return { account, region, services, repositories };
  } finally {
    for (const client of [ecs, ecr, sts]) client.destroy();
  }
}

async function clustersOf(client: ECSClient): Promise<string[]> {
  const names: string[] = [];
  for await (const { clusterArns = [] } of paginateListClusters({ client }, {})) names.push(...clusterArns.map(nameOf));
  return names.toSorted();
}

async function servicesOf(client: ECSClient, cluster: string): Promise<FoundService[]> {
  const arns: string[] = [];
  for await (const { serviceArns = [] } of paginateListServices({ client, pageSize: 100 }, { cluster })) {
    arns.push(...serviceArns);
  }
  const found: FoundService[] = [];
  for (const services of inChunks(arns.toSorted(), servicesPerCall)) {
    const answer = await client.send(new DescribeServicesCommand({ cluster, services }));
    const active = (answer.services ?? []).filter(({ status }) => status === "ACTIVE");
    found.push(...(await Promise.all(active.map((service) => describe(client, cluster, service)))));
  }
  return found;
}

async function describe(client: ECSClient, cluster: string, service: Service): Promise<FoundService> {
  const { serviceName = "", deploymentController, schedulingStrategy = "REPLICA", taskDefinition } = service;
  const described =
    taskDefinition === undefined
      ? undefined
      : (await client.send(new DescribeTaskDefinitionCommand({ taskDefinition }))).taskDefinition;
  const containers = described?.containerDefinitions ?? [];
  const names = namesIn(described ?? {});
  return {
    cluster,
    service: serviceName,
    controller: deploymentController?.type ?? "ECS",
    scheduling: schedulingStrategy,
    architecture: described?.runtimePlatform?.cpuArchitecture ?? "X86_64",
    ...(described?.family !== undefined && { family: described.family }),
    containers: containers.map(({ name = "", image = "" }) => ({ name, image })),
    roles: names.roles,
    logGroups: names.logGroups,
  };
}

async function repositoriesOf(client: ECRClient): Promise<string[]> {
  const names: string[] = [];
  for await (const { repositories = [] } of paginateDescribeRepositories({ client }, {})) {
    names.push(...repositories.flatMap(({ repositoryName }) => repositoryName ?? []));
  }
  return names.toSorted();
}

/** `arn:aws:ecs:eu-west-1:111122223333:cluster/shop` → `shop` */
const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);
