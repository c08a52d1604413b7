import { BatchGetBuildsCommand, CodeBuildClient, ListBuildsCommand } from "@aws-sdk/client-codebuild";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { DescribeServicesCommand, DescribeTasksCommand, ECSClient, ListTasksCommand } from "@aws-sdk/client-ecs";
import { fromItem } from "@lockmaster/aws/ledger/item.ts";
import { accountRegionOf } from "@lockmaster/rehearsal/shop/account-region.ts";
import { readRunningImages } from "@lockmaster/rehearsal/story/running-images.ts";
import type { RunningImages } from "@lockmaster/rehearsal/story/running-images.ts";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import type { ExecutionView } from "@lockmaster/local-aws";
import * as v from "valibot";
import { type Played, repository, type Rig, type Started } from "./rig.ts";

export type ServiceFacts = {
  /** Commits of the images that run, by container: several while a service runs a mixture. */
  commits: Readonly<Record<string, readonly string[]>>;
  digests: RunningImages[string];
  /** Why the service is not stable; absent if it is. */
  instability?: string;
};

export type ReleaseFacts = Started & {
  status: ExecutionView["status"];
  error: string | undefined;
  cause: string | undefined;
  /** The ledger's record; absent if there is none. */
  record: Record_ | undefined;
  /** Outcomes in the events that Lockmaster published, in order. */
  published: readonly string[];
};

type BuildFacts = { image: string; commit: string; status: string };

type TaskFacts = { release: string; command: string; status: string; exitCode: number | undefined };

/** The facts that a run is judged by, read through AWS's APIs after it has ended. */
export type Facts = {
  environments: Readonly<Record<string, Readonly<Record<string, ServiceFacts>>>>;
  releases: readonly ReleaseFacts[];
  builds: readonly BuildFacts[];
  /** Deliveries that the webhook never accepted. */
  dropped: number;
  /** One-off tasks, the oldest first. */
  tasks: readonly TaskFacts[];
  /** Every release in the ledger, including recoveries. */
  records: readonly Record_[];
  /** Every lock in the ledger. */
  locks: readonly Lock[];
};

/** The part of a release's record that the laws need. */
const ReleaseItem = v.object({
  id: v.string(),
  executionArn: v.string(),
  kind: v.string(),
  environment: v.string(),
  sha: v.optional(v.string()),
  status: v.string(),
  endedAt: v.optional(v.string()),
  recovers: v.optional(v.object({ executionArn: v.string() })),
  services: v.optional(v.record(v.string(), v.record(v.string(), v.string()))),
});
const LockItem = v.object({
  environment: v.string(),
  dirty: v.boolean(),
  holder: v.optional(v.unknown()),
  waiters: v.optional(v.array(v.unknown()), []),
});
const PublishedEvent = v.object({ release: v.object({ executionArn: v.string() }), outcome: v.string() });

type Record_ = v.InferOutput<typeof ReleaseItem>;
type Lock = v.InferOutput<typeof LockItem>;

/** Records Lockmaster's own events from the beginning of a run. */
export function listen({ rehearsal }: Rig): (executionArn: string) => string[] {
  const published: v.InferOutput<typeof PublishedEvent>[] = [];
  rehearsal.aws.onEvent(({ source, detail }) => {
    const parsed = v.safeParse(PublishedEvent, detail);
    if (source === "lockmaster" && parsed.success) published.push(parsed.output);
  });
  return (arn) => published.filter(({ release }) => release.executionArn === arn).map(({ outcome }) => outcome);
}

export async function gatherFacts(
  rig: Rig,
  { started, unanswered }: Played,
  published: (executionArn: string) => string[],
): Promise<Facts> {
  const { aws } = rig.rehearsal;
  const items = await ledgerItems(rig);
  const records = items.flatMap((item) => parsed(ReleaseItem, item));
  return {
    environments: await environmentFacts(rig),
    releases: started.map((one) => {
      const { status, error, cause } = aws.stepFunctions.execution(one.executionArn);
      const record = records.find(({ executionArn }) => executionArn === one.executionArn);
      return { ...one, status, error, cause, record, published: published(one.executionArn) };
    }),
    builds: await buildFacts(rig),
    dropped: started.length === 0 ? unanswered : 0,
    tasks: await taskFacts(rig),
    records,
    locks: items.flatMap((item) => parsed(LockItem, item)),
  };
}

function parsed<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T[] {
  const result = v.safeParse(schema, value);
  return result.success ? [result.output] : [];
}

async function ledgerItems({ rehearsal: { aws, installation } }: Rig): Promise<unknown[]> {
  const dynamodb = new DynamoDBClient(aws.clientConfig());
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: installation.ledgerTable }));
  dynamodb.destroy();
  return Items.map(fromItem);
}

async function environmentFacts({ rehearsal: { aws, configuration } }: Rig): Promise<Facts["environments"]> {
  const one = configuration.repositories[repository];
  const commitOf = (digest: string): string => {
    for (const { repository: name } of Object.values(one?.images ?? {})) {
      const revision = aws.images.find(name, digest)?.revision;
      if (revision !== undefined) return revision;
    }
    return `unknown ${digest}`;
  };
  const environments = Object.entries(one?.environments ?? {}).map(async ([name, environment]) => {
    const digests = await readRunningImages(aws, environment);
    const instability = await unrestOf(aws.clientConfig(accountRegionOf(environment)), environment);
    const services = Object.entries(digests).map(([service, containers]) => {
      const commits = Object.entries(containers).map(
        ([container, running]) => [container, [...new Set(running.map(commitOf))].toSorted()] as const,
      );
      const reason = instability[service];
      return [
        service,
        {
          commits: Object.fromEntries(commits),
          digests: containers,
          ...(reason !== undefined && { instability: reason }),
        },
      ] as const;
    });
    return [name, Object.fromEntries(services)] as const;
  });
  return Object.fromEntries(await Promise.all(environments));
}

/** By the service's name in the configuration: why it is not stable with all of its tasks. */
async function unrestOf(
  client: ConstructorParameters<typeof ECSClient>[0] & object,
  { cluster, services }: EnvironmentConfiguration,
): Promise<Record<string, string | undefined>> {
  const ecs = new ECSClient(client);
  const names = Object.values(services).map(({ service }) => service);
  const { services: described = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: names }));
  ecs.destroy();
  return Object.fromEntries(
    Object.entries(services).map(([key, { service }]) => {
      const found = described.find(({ serviceName }) => serviceName === service);
      const [primary, ...older] = found?.deployments ?? [];
      const { desiredCount = 0, runningCount = 0 } = found ?? {};
      if (older.length > 0) return [key, `${older.length + 1} deployments`];
      if (primary?.rolloutState !== "COMPLETED") return [key, `its deployment is ${primary?.rolloutState}`];
      return [key, runningCount === desiredCount ? undefined : `${runningCount} of ${desiredCount} tasks run`];
    }),
  );
}

async function taskFacts({ rehearsal: { aws, configuration } }: Rig): Promise<TaskFacts[]> {
  const environments = Object.values(configuration.repositories[repository]?.environments ?? {}).filter(
    ({ tasks: { before, after } }) => before.length + after.length > 0,
  );
  const found = environments.map(async (environment) => {
    const ecs = new ECSClient(aws.clientConfig(accountRegionOf(environment)));
    const { cluster } = environment;
    const listed = (["RUNNING", "STOPPED"] as const).map(async (desiredStatus) => {
      const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, desiredStatus }));
      return taskArns;
    });
    const arns = (await Promise.all(listed)).flat();
    const { tasks = [] } = arns.length === 0 ? {} : await ecs.send(new DescribeTasksCommand({ cluster, tasks: arns }));
    ecs.destroy();
    return tasks.filter(({ group }) => group?.startsWith("family:"));
  });
  return (await Promise.all(found))
    .flat()
    .toSorted((a, b) => (a.createdAt?.getTime() ?? 0) - (b.createdAt?.getTime() ?? 0))
    .map(({ startedBy = "", lastStatus = "", overrides, containers }) => ({
      release: startedBy,
      command: overrides?.containerOverrides?.[0]?.command?.join(" ") ?? "",
      status: lastStatus,
      exitCode: containers?.[0]?.exitCode,
    }));
}

async function buildFacts({ rehearsal: { aws } }: Rig): Promise<BuildFacts[]> {
  const codebuild = new CodeBuildClient(aws.clientConfig());
  const { ids = [] } = await codebuild.send(new ListBuildsCommand({}));
  const { builds = [] } = ids.length === 0 ? {} : await codebuild.send(new BatchGetBuildsCommand({ ids }));
  codebuild.destroy();
  return builds.map(({ environment, sourceVersion = "", buildStatus = "" }) => {
    const image = environment?.environmentVariables?.find(({ name }) => name === "LOCKMASTER_IMAGE")?.value ?? "";
    return { image, commit: sourceVersion, status: buildStatus };
  });
}
