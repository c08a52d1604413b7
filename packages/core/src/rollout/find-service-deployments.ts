import type { Rollout } from "../contract/steps.ts";
import { primaryOf, type ObservedService } from "../ecs/observation.ts";
import type { WatchedRollout } from "./observe-rollouts.ts";
import type { ServiceObservations } from "../ecs/ports.ts";

/** A service deployment that began more than this before the release's first change belongs to another release. */
const clockSkewMilliseconds = 60_000;

/** DescribeServiceDeployments and DescribeServiceRevisions accept this many ARNs in one call. */
const maxDescribed = 20;

/**
 * Finds the service deployment of each rollout that has none yet: the newest whose target revision has our task definition.
 * Usually it is the service's current one; a replaced one is found in the service's history.
 */
export async function findServiceDeployments(
  ecs: ServiceObservations,
  cluster: string,
  watched: readonly WatchedRollout[],
  services: ReadonlyMap<string, ObservedService>,
  since: Date,
): Promise<WatchedRollout[]> {
  const toSearch = watched.map(({ rollout, serviceName }) => serviceToSearch(rollout, services.get(serviceName)));
  const current = toSearch.flatMap((service) => service?.currentServiceDeployment ?? []);
  const targets = await targetTaskDefinitions(ecs, current);
  return Promise.all(
    watched.map(async ({ rollout, serviceName }, index) => {
      const service = toSearch[index];
      if (service === undefined) return { rollout, serviceName };
      const arn =
        targets.get(service.currentServiceDeployment ?? "") === rollout.taskDefinition
          ? service.currentServiceDeployment
          : await searchHistory(ecs, cluster, serviceName, rollout, since);
      return {
        rollout: { ...withoutServiceDeployment(rollout, service), ...(arn && { serviceDeploymentArn: arn }) },
        serviceName,
      };
    }),
  );
}

/** The service, if the rollout's service deployment is unknown or belongs to a deployment that ours replaced. */
function serviceToSearch(rollout: Rollout, service: ObservedService | undefined): ObservedService | undefined {
  if (service === undefined || rollout.expect !== "deploy") return undefined;
  return rollout.serviceDeploymentArn === undefined || isAdopted(rollout, service) ? service : undefined;
}

/** Whether the primary deployment has our task definition, but another id than the one polled so far. */
function isAdopted(rollout: Rollout, service: ObservedService): boolean {
  const primary = primaryOf(service);
  return primary?.taskDefinition === rollout.taskDefinition && primary?.id !== rollout.deploymentId;
}

function withoutServiceDeployment(rollout: Rollout, service: ObservedService): Rollout {
  if (!isAdopted(rollout, service)) return rollout;
  const { serviceDeploymentArn: _, deploymentId, ...others } = rollout;
  const id = primaryOf(service)?.id ?? deploymentId;
  return { ...others, ...(id !== undefined && { deploymentId: id }) };
}

async function searchHistory(
  ecs: ServiceObservations,
  cluster: string,
  serviceName: string,
  { taskDefinition }: Rollout,
  since: Date,
): Promise<string | undefined> {
  const listed = await ecs.listServiceDeployments(cluster, serviceName, {
    since: new Date(since.getTime() - clockSkewMilliseconds),
  });
  const newest = listed.slice(0, maxDescribed);
  const targets = await targetTaskDefinitions(ecs, newest);
  return newest.find((arn) => targets.get(arn) === taskDefinition);
}

/** Target task definition of each service deployment, by the service deployment's ARN. */
async function targetTaskDefinitions(
  ecs: ServiceObservations,
  arns: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (arns.length === 0) return new Map();
  const deployments = [...(await ecs.serviceDeployments(arns)).values()];
  const revisions = await ecs.serviceRevisions(deployments.flatMap(({ targetRevision }) => targetRevision ?? []));
  return new Map(
    deployments.flatMap(({ arn, targetRevision }) => {
      const taskDefinition = revisions.get(targetRevision ?? "")?.taskDefinition;
      return taskDefinition === undefined ? [] : [[arn, taskDefinition] as const];
    }),
  );
}
