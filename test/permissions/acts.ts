/** What developers, operators and others do with the demonstration shop. */
import {
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  type Tag,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { accountRegionOf } from "@lockmaster/rehearsal/shop/account-region.ts";
import { pullRequestPayload } from "@lockmaster/rehearsal/deliveries/pull-request-payload.ts";
import { commits, type Release, type Shop } from "../scenarios/shop.fixture.ts";
import { repository } from "./demanding-shop.ts";

/** Of AWS where staging is. */
export const clientOf = (shop: Shop): ECSClient =>
  new ECSClient(shop.rehearsal.aws.clientConfig(accountRegionOf(shop.environment)));

export async function stopAt(shop: Shop, release: Release, state: string): Promise<void> {
  await shop.waitForState(release, state);
  await shop.clock.advance(60_000);
  await shop.stop(release);
  await shop.clock.advance(1_000);
}

export async function check(shop: Shop, sha: string): Promise<void> {
  const release = shop.releaseOf(await post(shop, sha, "synchronize"));
  await shop.waitForState(release, "Build image");
  await shop.clock.advance(120_000);
}

export function post(shop: Shop, sha: string, action: string, number = 7) {
  const changedAt = new Date(shop.clock.now());
  const common = { repository, branch: "a-change", author: "octocat", number, base: commits.first, fork: repository };
  const payload = pullRequestPayload({ ...common, action, sha, changedAt });
  return shop.deliver("pull_request", payload);
}

type Replacement = { service?: string; tags?: Tag[]; tag?: string };

/** Registers a task definition by hand and sets a service to it. @param tag of another image */
export async function replaceTaskDefinition(
  shop: Shop,
  { service = "backend", tags, tag }: Replacement,
): Promise<void> {
  const ecs = clientOf(shop);
  const { cluster } = shop.environment;
  const family = `${cluster}-${service}`;
  const { taskDefinition: found } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: family }));
  const { cpu, memory, networkMode, executionRoleArn, taskRoleArn, runtimePlatform, containerDefinitions } =
    found ?? {};
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      cpu,
      memory,
      networkMode,
      executionRoleArn,
      taskRoleArn,
      runtimePlatform,
      requiresCompatibilities: ["FARGATE"],
      containerDefinitions: containerDefinitions?.map((container) => ({
        ...container,
        ...(tag !== undefined && { image: container.image?.replace(/[:@][^/]*$/, `:${tag}`) }),
      })),
      ...(tags !== undefined && { tags }),
    }),
  );
  await ecs.send(new UpdateServiceCommand({ cluster, service, taskDefinition: taskDefinition?.taskDefinitionArn }));
}

/** Takes all revisions but the newest of the backend's task definition out of use. */
export async function forgetTaskDefinitions(shop: Shop): Promise<void> {
  const ecs = clientOf(shop);
  const { taskDefinitionArns = [] } = await ecs.send(
    new ListTaskDefinitionsCommand({ familyPrefix: `${shop.environment.cluster}-backend` }),
  );
  for (const taskDefinition of taskDefinitionArns.slice(0, -1))
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
}

/** Invokes reconcile as its schedule does. */
export async function reconcile(shop: Shop): Promise<void> {
  await shop.waitForAnswer(shop.rehearsal.aws.lambda.invoke("lockmaster-reconcile", {}));
}

function requested(shop: Shop) {
  const requestedAt = new Date(shop.clock.now()).toISOString();
  return { repository, environment: "staging", requestedBy: { kind: "operator", name: "ops" }, requestedAt };
}

export const rollback = (shop: Shop) => ({ kind: "rollback", to: "previous", ...requested(shop) });

export const deployment = (shop: Shop, sha: string) => ({
  kind: "deploy",
  ref: "refs/heads/main",
  sha,
  ...requested(shop),
});
