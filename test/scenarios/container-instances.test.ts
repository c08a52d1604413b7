import { DescribeTasksCommand, ListTasksCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { expect, test } from "vitest";
import { moveToInstances } from "./instances.fixture.ts";
import { commits, onEveryService, openScenario, reasonOf, statesOf, type Shop } from "./shop.fixture.ts";

const withInstances = (count: number) => ({ containerInstances: { "shop-staging": count } });

function leaveFirstDeployments(configuration: Configuration): Configuration {
  const staging = configuration.repositories["acme/shop"]?.environments["staging"];
  if (staging === undefined) throw new Error("The demonstration shop has no staging");
  staging.firstDeployment = "leave";
  return configuration;
}

/** Why Plan refuses a release; empty if it does not. */
async function refusalOf(shop: Shop): Promise<string> {
  const { execution } = await shop.release(commits.good);
  return statesOf(execution).at(-1) === "Plan" ? reasonOf(execution) : "";
}

test("a service on EC2 is released, with one instance more than its tasks", async () => {
  const shop = await openScenario(withInstances(2));
  await moveToInstances(shop, { desiredCount: 1, hostPort: 80 });
  expect(await shop.describeService("backend")).toMatchObject({ launchType: "EC2" });
  const { execution } = await shop.release(commits.good);
  expect(execution.status).toBe("SUCCEEDED");
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
});

test("host ports on too few instances are refused at Plan", async () => {
  const shop = await openScenario(withInstances(1));
  await moveToInstances(shop, { desiredCount: 1, hostPort: 80 });
  const refusal = await refusalOf(shop);
  expect(refusal).toContain(
    "DEPLOYMENT_DEADLOCKED: service backend (shop-staging/backend) cannot be deployed: each task reserves host port 80",
  );
  expect(refusal).toContain("needs 2 instances, of which the cluster has 1: use dynamic host ports (hostPort 0)");
});

test("a daemon that could be scaled to zero is refused at Plan", async () => {
  const shop = await openScenario(withInstances(2));
  await moveToInstances(shop, { schedulingStrategy: "DAEMON", hostPort: 80 });
  expect(await refusalOf(shop)).toMatch(/SCALE_TO_ZERO_IMPOSSIBLE: .* set firstDeployment to "leave"/);
});

test("a daemon is released on every instance, and rolled back", async () => {
  const crash = { kind: "crash" as const, afterSeconds: 3, exitCode: 1, log: [] };
  const shop = await openScenario(
    { ...withInstances(3), tasks: [{ service: "backend", commit: "b", fate: crash }] },
    { configure: leaveFirstDeployments },
  );
  await moveToInstances(shop, { schedulingStrategy: "DAEMON", hostPort: 80 });
  const { execution } = await shop.release(commits.good);
  expect(execution.status).toBe("SUCCEEDED");
  const { cluster } = shop.environment;
  const { taskArns } = await shop.ecs.send(new ListTasksCommand({ cluster, serviceName: "backend" }));
  const { tasks = [] } = await shop.ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  expect(new Set(tasks.map(({ containerInstanceArn }) => containerInstanceArn)).size).toBe(3);
  const { execution: failed } = await shop.release(commits.bad);
  expect(reasonOf(failed)).toContain("CONTAINER_EXITED");
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
});

const deadlocked = { minimumHealthyPercent: 50, maximumPercent: 150 };

test("percentages that let ECS neither stop nor start a task are refused at Plan", async () => {
  const shop = await openScenario();
  const update = { cluster: shop.environment.cluster, service: "backend", deploymentConfiguration: deadlocked };
  await shop.ecs.send(new UpdateServiceCommand({ ...update, desiredCount: 1 }));
  await shop.clock.advance(120_000);
  expect(await refusalOf(shop)).toMatch(
    /DEPLOYMENT_DEADLOCKED: .* set maximumPercent to at least 200, or minimumHealthyPercent to at most 0/,
  );
});

test("settings that deadlock only after the plan end the release by ECS's own event", async () => {
  const shop = await openScenario();
  const update = { cluster: shop.environment.cluster, service: "backend" };
  const release = await shop.startRelease(commits.good);
  await shop.waitForState(release, "Build images");
  await shop.ecs.send(new UpdateServiceCommand({ ...update, deploymentConfiguration: deadlocked, desiredCount: 1 }));
  const execution = await shop.waitForEnd(release);
  expect(reasonOf(execution)).toMatch(/^RolloutFailedError: DEPLOYMENT_DEADLOCKED: .*unable to stop or start tasks/);
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
});
