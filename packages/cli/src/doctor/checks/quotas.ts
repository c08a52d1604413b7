import type { Project } from "@aws-sdk/client-codebuild";
import { ListServiceQuotasCommand, type ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import type { AwsReader, ReadResult } from "../checking/aws-reader.ts";
import { count } from "../../lib/count.ts";
import { check } from "../checking/check.ts";
import { problem, problemsOr, type Finding } from "../checking/finding.ts";
import type { ServiceFacts } from "../checking/context.ts";

/** @returns the applied value of a quota, in its unit; `absent` if Service Quotas does not list it */
async function quotaOf(
  aws: AwsReader,
  client: ServiceQuotasClient,
  ServiceCode: string,
  name: string,
): Promise<ReadResult<number>> {
  return await aws.read({ action: "servicequotas:ListServiceQuotas", resource: ServiceCode }, async () => {
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

type BuildFacts = { repository: string; images: number; quota: string; value: ReadResult<number> };

/** May the builds of one commit run in parallel? */
export const buildQuotaCheck = check("quota.builds", "Quotas: builds", {
  targets: ({ scope }) => scope.repositories,
  gather: async ({ aws, home, projects }, target): Promise<BuildFacts> => {
    const found = (await projects(target))?.builds;
    const quota = buildQuotaName(typeof found === "object" ? found.environment : undefined);
    return {
      repository: target.repository,
      images: Object.keys(target.configuration.images).length,
      quota,
      value: await quotaOf(aws, home.clients.quotas, "codebuild", quota),
    };
  },
  judge: judgeBuildQuota,
});

/**
 * Service Quotas and CodeBuild have different names for the sizes. Without a project: the size that Lockmaster creates.
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
  if (value === "absent" || value === "unknown") return [];
  const seen = `${count(images, "image")} to build, ${count(value, "build")} at once`;
  const problems = value < images ? [problem("quota.builds", repository, seen, { quota })] : [];
  return problemsOr(problems, "quota.builds", repository, seen);
}

type LambdaFacts = { account: string; atOnce: number; value: ReadResult<number> };

/** Reserve for events, operators and another release. */
const reservedExecutions = 10;

/** May the functions of a release run in parallel? */
export const lambdaQuotaCheck = check("quota.lambda", "Quotas: functions", {
  targets: ({ home }) => [home.account],
  gather: async ({ aws, home, scope }, account): Promise<LambdaFacts> => ({
    account,
    atOnce: Math.max(
      ...scope.repositories.map(({ configuration: { images } }) => Object.keys(images).length),
      ...scope.environments.map(({ environment: { services } }) => Object.keys(services).length),
    ),
    value: await quotaOf(aws, home.clients.quotas, "lambda", "Concurrent executions"),
  }),
  judge: judgeLambdaQuota,
});

export function judgeLambdaQuota({ account, atOnce, value }: LambdaFacts): Finding[] {
  if (value === "absent" || value === "unknown") return [];
  const seen = `${value} functions at once, of which one release needs up to ${atOnce}`;
  const problems = value < atOnce + reservedExecutions ? [problem("quota.lambda", account, seen)] : [];
  return problemsOr(problems, "quota.lambda", account, seen);
}

type FargateFacts = {
  accountRegion: string;
  environments: readonly (readonly ServiceFacts[])[];
  value: ReadResult<number>;
};

/** Does the vCPU quota suffice for old and new tasks together? */
export const fargateQuotaCheck = check("quota.fargate", "Quotas: Fargate", {
  targets: ({ scope }) => [
    ...Map.groupBy(scope.environments, ({ environment: { account } }) => accountKey(account)).values(),
  ],
  gather: async ({ aws, accountOf, scope, service }, environments): Promise<FargateFacts | undefined> => {
    const [first] = environments;
    const account = first === undefined ? undefined : await accountOf(first);
    if (account === undefined) return undefined;
    return {
      accountRegion: `${account.account} ${account.region}`,
      environments: await Promise.all(
        environments.map(({ repository, name }) =>
          Promise.all(scope.services.filter((one) => one.repository === repository && one.name === name).map(service)),
        ),
      ),
      value: await quotaOf(aws, account.clients.quotas, "fargate", "Fargate On-Demand vCPU resource count"),
    };
  },
  judge: (facts) => (facts === undefined ? [] : judgeFargateQuota(facts)),
});

const accountKey = (account?: { role: string; region?: string | undefined }) =>
  account === undefined ? "" : `${account.role.split(":")[4]} ${account.region}`;

/** Needed: all running tasks of the configured services plus the tasks that a release of the largest environment adds. */
export function judgeFargateQuota({ accountRegion, environments, value }: FargateFacts): Finding[] {
  if (value === "absent" || value === "unknown") return [];
  const running = sum(environments.flat().map((facts) => cpuOf(facts).running));
  const added = Math.max(0, ...environments.map((services) => sum(services.map((facts) => cpuOf(facts).added))));
  const seen = `${value} vCPU; services use ${running}, a release adds up to ${added}`;
  const problems = value < running + added ? [problem("quota.fargate", accountRegion, seen)] : [];
  return problemsOr(problems, "quota.fargate", accountRegion, seen);
}

const defaultMaximumPercent = 200;
/** CPU units of one vCPU. */
const vcpu = 1024;

/** In vCPU. Fargate Spot has a separate quota, EC2 instances have none. */
function cpuOf({ service, taskDefinition }: ServiceFacts): { running: number; added: number } {
  if (typeof service === "string" || typeof taskDefinition === "string") return { running: 0, added: 0 };
  const { launchType, capacityProviderStrategy = [], desiredCount = 0, deploymentConfiguration } = service;
  const onDemand = capacityProviderStrategy.some(({ capacityProvider }) => capacityProvider === "FARGATE");
  if (launchType !== "FARGATE" && !onDemand) return { running: 0, added: 0 };
  const { maximumPercent = defaultMaximumPercent, strategy = "ROLLING" } = deploymentConfiguration ?? {};
  // Every other strategy starts a second set of tasks.
  const surplus = strategy === "ROLLING" ? Math.floor((desiredCount * (maximumPercent - 100)) / 100) : desiredCount;
  const each = Number(taskDefinition.cpu ?? 0) / vcpu;
  return { running: each * desiredCount, added: each * Math.max(0, surplus) };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
