import { DescribeTasksCommand, ECSClient, ListTasksCommand } from "@aws-sdk/client-ecs";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import type { LocalAws } from "@lockmaster/local-aws";
import { accountRegionOf } from "../shop/account-region.ts";

/** Image digests of running tasks, by service (its key in the configuration) and container; several during a rollout. */
export type RunningImages = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** Reads the running tasks from ECS, so that a wrong ledger record cannot hide what runs. */
export async function readRunningImages(aws: LocalAws, environment: EnvironmentConfiguration): Promise<RunningImages> {
  const ecs = new ECSClient(aws.clientConfig(accountRegionOf(environment)));
  const { cluster } = environment;
  const entries = Object.entries(environment.services).map(async ([key, { service }]) => {
    const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, serviceName: service }));
    if (taskArns.length === 0) return [key, {}] as const;
    const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
    const containers = tasks.filter((task) => task.lastStatus === "RUNNING").flatMap((task) => task.containers ?? []);
    const digests: Record<string, Set<string>> = {};
    for (const { name = "", imageDigest } of containers) {
      digests[name] ??= new Set();
      if (imageDigest !== undefined) digests[name].add(imageDigest);
    }
    return [
      key,
      Object.fromEntries(Object.entries(digests).map(([name, set]) => [name, [...set].toSorted()])),
    ] as const;
  });
  const running = Object.fromEntries(await Promise.all(entries));
  ecs.destroy();
  return running;
}
