import type { Project } from "@aws-sdk/client-codebuild";
import { ListServiceQuotasCommand, type ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import type { Asking, Seen } from "../checking/asking.ts";
import { check } from "../checking/check.ts";
import { trouble, troublesOr, type Finding } from "../checking/finding.ts";
import type { ServiceFacts } from "../checking/surroundings.ts";

/** @returns the applied value of a quota, in its unit; `absent` where Service Quotas does not list it */
async function quotaOf(
  asking: Asking,
  client: ServiceQuotasClient,
  ServiceCode: string,
  name: string,
): Promise<Seen<number>> {
  return await asking.ask({ action: "servicequotas:ListServiceQuotas", resource: ServiceCode }, async () => {
    let NextToken: string | undefined;
    do {
      const page = await client.send(new ListServiceQuotasCommand({ ServiceCode, NextToken, MaxResults: 100 }));
      const found = page.Quotas?.find(({ QuotaName }) => QuotaName === name);
      if (found !== undefined) return found.Value ?? "absent";
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return "absent";
  });
}

type BuildFacts = { repository: string; images: number; quota: string; value: Seen<number> };

/** May the images of one commit be built side by side? */
export const buildQuotaCheck = check("quota.builds", "Quotas: builds", {
  targets: ({ scope }) => scope.repositories,
  gather: async ({ asking, home, projects }, target): Promise<BuildFacts> => {
    const found = (await projects(target))?.builds;
    const quota = buildQuotaName(typeof found === "object" ? found.environment : undefined);
    return {
      repository: target.repository,
      images: Object.keys(target.configuration.images).length,
      quota,
      value: await quotaOf(asking, home.clients.quotas, "codebuild", quota),
    };
  },
  judge: judgeBuildQuota,
});

/**
 * Service Quotas knows the sizes by other names than CodeBuild does. Without a project: Lockmaster's own choice.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html
 */
export function buildQuotaName(environment: Project["environment"]): string {
  const family = environment?.type === "LINUX_CONTAINER" ? "Linux" : "ARM";
  const size = sizes.get(environment?.computeType ?? "") ?? "Small";
  return `Concurrently running builds for ${family}/${size} environment`;
}

const sizes: ReadonlyMap<string, string> = new Map([
  ["BUILD_GENERAL1_SMALL", "Small"],
  ["BUILD_GENERAL1_MEDIUM", "Medium"],
  ["BUILD_GENERAL1_LARGE", "Large"],
  ["BUILD_GENERAL1_XLARGE", "XLarge"],
  ["BUILD_GENERAL1_2XLARGE", "2XLarge"],
]);

export function judgeBuildQuota({ repository, images, quota, value }: BuildFacts): Finding[] {
  if (value === "absent" || value === "unseen") return [];
  const seen = `${images} image${images === 1 ? "" : "s"}, and ${value} builds at once`;
  const troubles = value < images ? [trouble("quota.builds", repository, seen, { quota })] : [];
  return troublesOr(troubles, "quota.builds", repository, seen);
}

type LambdaFacts = { account: string; atOnce: number; value: Seen<number> };

/** Events, operators and another release beside the one that has most to do. */
const othersAtOnce = 10;

/** May the functions of a release run side by side? */
export const lambdaQuotaCheck = check("quota.lambda", "Quotas: functions", {
  targets: ({ home }) => [home.account],
  gather: async ({ asking, home, scope }, account): Promise<LambdaFacts> => ({
    account,
    atOnce: Math.max(
      ...scope.repositories.map(({ configuration: { images } }) => Object.keys(images).length),
      ...scope.environments.map(({ environment: { services } }) => Object.keys(services).length),
    ),
    value: await quotaOf(asking, home.clients.quotas, "lambda", "Concurrent executions"),
  }),
  judge: judgeLambdaQuota,
});

export function judgeLambdaQuota({ account, atOnce, value }: LambdaFacts): Finding[] {
  if (value === "absent" || value === "unseen") return [];
  const seen = `${value} functions at once, and up to ${atOnce} for one release`;
  const troubles = value < atOnce + othersAtOnce ? [trouble("quota.lambda", account, seen)] : [];
  return troublesOr(troubles, "quota.lambda", account, seen);
}

type FargateFacts = { place: string; environments: readonly (readonly ServiceFacts[])[]; value: Seen<number> };

/** Do old and new tasks have room side by side? */
export const fargateQuotaCheck = check("quota.fargate", "Quotas: Fargate", {
  targets: ({ scope }) => [
    ...Map.groupBy(scope.environments, ({ environment: { account } }) => placeKey(account)).values(),
  ],
  gather: async ({ asking, place, scope, service }, environments): Promise<FargateFacts | undefined> => {
    const [first] = environments;
    const where = first === undefined ? undefined : await place(first);
    if (where === undefined) return undefined;
    return {
      place: `${where.account} ${where.region}`,
      environments: await Promise.all(
        environments.map(({ repository, name }) =>
          Promise.all(scope.services.filter((one) => one.repository === repository && one.name === name).map(service)),
        ),
      ),
      value: await quotaOf(asking, where.clients.quotas, "fargate", "Fargate On-Demand vCPU resource count"),
    };
  },
  judge: (facts) => (facts === undefined ? [] : judgeFargateQuota(facts)),
});

const placeKey = (account?: { role: string; region?: string | undefined }) =>
  account === undefined ? "" : `${account.role.split(":")[4]} ${account.region}`;

/** Everything that runs, and beside it what one release of the largest environment adds; what others run is not known. */
export function judgeFargateQuota({ place, environments, value }: FargateFacts): Finding[] {
  if (value === "absent" || value === "unseen") return [];
  const running = sum(environments.flat().map((facts) => cpuOf(facts).running));
  const added = Math.max(0, ...environments.map((services) => sum(services.map((facts) => cpuOf(facts).added))));
  const seen = `${value} vCPU; services take ${running}, a release up to ${added} more`;
  const troubles = value < running + added ? [trouble("quota.fargate", place, seen)] : [];
  return troublesOr(troubles, "quota.fargate", place, seen);
}

const usualMaximumPercent = 200;
/** CPU units of one vCPU. */
const vcpu = 1024;

/** In vCPU. Spot has a quota of its own, and instances have none. */
function cpuOf({ service, taskDefinition }: ServiceFacts): { running: number; added: number } {
  if (typeof service === "string" || typeof taskDefinition === "string") return { running: 0, added: 0 };
  const { launchType, capacityProviderStrategy = [], desiredCount = 0, deploymentConfiguration } = service;
  const onDemand = capacityProviderStrategy.some(({ capacityProvider }) => capacityProvider === "FARGATE");
  if (launchType !== "FARGATE" && !onDemand) return { running: 0, added: 0 };
  const { maximumPercent = usualMaximumPercent, strategy = "ROLLING" } = deploymentConfiguration ?? {};
  // Every other strategy brings up a second set of tasks.
  const surplus = strategy === "ROLLING" ? Math.floor((desiredCount * (maximumPercent - 100)) / 100) : desiredCount;
  const each = Number(taskDefinition.cpu ?? 0) / vcpu;
  return { running: each * desiredCount, added: each * Math.max(0, surplus) };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
