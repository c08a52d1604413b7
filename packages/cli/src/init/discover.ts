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
import { inChunks } from "@lockmaster/aws/lib/chunks.ts";
import { namesIn } from "@lockmaster/core/config/task-definitions.ts";
import { count } from "../lib/count.ts";
import type { ClientConfig } from "../lib/operator-clients.ts";

export type FoundContainer = { name: string; image: string };

/** A service with its current task definition, as ECS describes them. */
export type FoundService = {
  cluster: string;
  service: string;
  /** `ECS`, `CODE_DEPLOY`, `EXTERNAL`. */
  controller: string;
  /** `REPLICA`, `DAEMON`. */
  scheduling: string;
  /** Absent if an external controller keeps the task definition in task sets. */
  family?: string;
  /** `X86_64`, ECS's default, if the task definition names none. */
  architecture: string;
  containers: readonly FoundContainer[];
  /** Names of the task and execution roles, with their paths. */
  roles: readonly string[];
  /** Log groups that its containers write to. */
  logGroups: readonly string[];
};

/** Services and ECR repositories of an account in one region. */
export type Discovery = {
  account: string;
  region: string;
  services: readonly FoundService[];
  /** Names of the ECR repositories. */
  repositories: readonly string[];
};

/** DescribeServices's maximum. */
const servicesPerCall = 10;

/**
 * Finds the active services of clusters, with their task definitions, and the ECR repositories.
 *
 * @param only names of clusters; empty for all clusters of the region
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
    progress(`Account ${account}, ${region}: ${count(clusters.length, "cluster")}`);
    const services: FoundService[] = [];
    for (const cluster of clusters) {
      const found = await servicesOf(ecs, cluster);
      progress(`Cluster ${cluster}: ${count(found.length, "service")}`);
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
