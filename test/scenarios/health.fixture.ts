import {
  type ContainerDefinition,
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from "@aws-sdk/client-ecs";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import type { ExecutionView } from "@lockmaster/local-aws";
import type { Release, Shop } from "./shop.fixture.ts";

type Health = EnvironmentConfiguration["health"];

/** Changes staging's health policy as the deployment of another configuration does. */
export async function setHealthPolicy(shop: Shop, health: Partial<Health>): Promise<void> {
  const stored = await shop.rehearsal.ledger.configuration("acme/shop");
  const staging = stored?.configuration.environments["staging"];
  if (stored === undefined || staging === undefined) throw new Error("The ledger lacks the shop's configuration");
  staging.health = { ...staging.health, ...health };
  await shop.rehearsal.reconfigure(stored);
}

/** A probe of the backend, whose answer contains its commit. */
export const probeOf = (shop: Shop, changes: Partial<NonNullable<Health["probe"]>> = {}): Pick<Health, "probe"> => ({
  probe: {
    url: shop.rehearsal.aws.urls.service("shop-staging", "backend"),
    status: 200,
    revisionPath: "revision",
    timeoutSeconds: 5,
    ...changes,
  },
});

/** Seconds from the first health check to the last. */
export function checkedSeconds({ history }: ExecutionView): number {
  const polls = history.filter((event) => event.stateEnteredEventDetails?.name === "Check health");
  return ((polls.at(-1)?.timestamp.getTime() ?? 0) - (polls[0]?.timestamp.getTime() ?? 0)) / 1000;
}

/** The output of the last health check. */
export function lastProgress(shop: Shop, release: Release): string {
  const outputs = shop
    .execution(release)
    .history.flatMap(({ stateExitedEventDetails: exited }) =>
      exited?.name === "Check health" ? [exited.output ?? ""] : [],
    );
  return outputs.at(-1) ?? "";
}

/** Deploys a service with changed containers, and waits until it is stable. */
export async function deployChanged(
  shop: Shop,
  service: string,
  change: (container: ContainerDefinition) => ContainerDefinition | ContainerDefinition[],
  others: Omit<UpdateServiceCommandInput, "service"> = {},
): Promise<void> {
  const { cluster } = shop.environment;
  const { taskDefinition: running } = await shop.describeService(service);
  const described = await shop.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: running }));
  const { containerDefinitions = [], ...live } = described.taskDefinition ?? {};
  const { taskDefinition } = await shop.ecs.send(
    new RegisterTaskDefinitionCommand({
      family: live.family,
      cpu: live.cpu,
      memory: live.memory,
      networkMode: live.networkMode,
      executionRoleArn: live.executionRoleArn,
      taskRoleArn: live.taskRoleArn,
      runtimePlatform: live.runtimePlatform,
      requiresCompatibilities: live.requiresCompatibilities,
      containerDefinitions: containerDefinitions.flatMap(change),
    }),
  );
  const update = { cluster, service, taskDefinition: taskDefinition?.taskDefinitionArn, ...others };
  await shop.ecs.send(new UpdateServiceCommand(update));
  for (;;) {
    await shop.clock.advance(10_000);
    const { deployments = [] } = await shop.describeService(service);
    if (deployments.length === 1 && deployments[0]?.rolloutState === "COMPLETED") return;
  }
}
