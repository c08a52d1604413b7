import type {
  Cluster,
  CreateClusterRequest,
  CreateClusterResponse,
  DescribeClustersRequest,
  DescribeClustersResponse,
  ListClustersRequest,
  ListClustersResponse,
} from "@aws-sdk/client-ecs";
import type { Parsed } from "../../protocol/service.ts";
import { notInLocalAws } from "../../protocol/errors.ts";
import { ecsArn } from "./arns.ts";
import { instancesOf } from "./container-instances.ts";
import { invalidParameter } from "./errors.ts";
import { ecsPage } from "./pages.ts";
import { clusterNameIn } from "./references.ts";
import { type ClusterRecord, countTasks, type EcsContext } from "./state.ts";

const maxDescribed = 100;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/;

/** CreateCluster. Idempotent: for an existing name it returns the existing cluster. */
export function createCluster(context: EcsContext, input: Parsed<CreateClusterRequest>): CreateClusterResponse {
  const name = input.clusterName ?? "default";
  if (!namePattern.test(name)) throw invalidParameter(`Invalid cluster name: ${name}`);
  const cluster: ClusterRecord = context.clusters.get(name) ?? {
    name,
    arn: ecsArn(context.world, `cluster/${name}`),
    settings: input.settings ?? [{ name: "containerInsights", value: "disabled" }],
    tags: input.tags ?? [],
    services: new Map(),
    tasks: new Map(),
    clientTokens: new Map(),
  };
  context.clusters.set(name, cluster);
  return { cluster: describe(context, cluster, ["TAGS", "SETTINGS"]) };
}

export function describeClusters(
  context: EcsContext,
  input: Parsed<DescribeClustersRequest>,
): DescribeClustersResponse {
  const include = input.include ?? [];
  for (const field of include) {
    if (field !== "TAGS" && field !== "SETTINGS") throw notInLocalAws(`${field} of DescribeClusters`);
  }
  if ((input.clusters?.length ?? 0) > maxDescribed)
    throw invalidParameter("Clusters cannot have more than 100 elements.");
  const clusters: Cluster[] = [];
  const failures: NonNullable<DescribeClustersResponse["failures"]> = [];
  for (const reference of input.clusters ?? ["default"]) {
    const name = clusterNameIn(context.world, reference);
    const cluster = context.clusters.get(name);
    if (cluster === undefined) {
      failures.push({ arn: ecsArn(context.world, `cluster/${name}`), reason: "MISSING" });
    } else {
      clusters.push(describe(context, cluster, include));
    }
  }
  return { clusters, failures };
}

export function listClusters(context: EcsContext, input: Parsed<ListClustersRequest>): ListClustersResponse {
  const arns = [...context.clusters.values()].map(({ arn }) => arn);
  const page = ecsPage(arns, input, { max: 100, default: 100 });
  return { clusterArns: page.items, nextToken: page.nextToken };
}

function describe(context: EcsContext, cluster: ClusterRecord, include: readonly string[]): Cluster {
  const { running, pending } = countTasks(cluster.tasks.values());
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: "ACTIVE",
    registeredContainerInstancesCount: instancesOf(context, cluster).length,
    runningTasksCount: running,
    pendingTasksCount: pending,
    activeServicesCount: [...cluster.services.values()].filter(({ status }) => status === "ACTIVE").length,
    statistics: [],
    tags: include.includes("TAGS") ? cluster.tags : [],
    settings: include.includes("SETTINGS") ? cluster.settings : [],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
  };
}
