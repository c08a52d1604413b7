import { type DeploymentConfiguration, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import { setHealthPolicy, lastProgress, probeOf, deployChanged, checkedSeconds } from "./health.fixture.ts";
import { onEveryService, commits, openScenario, reasonOf, type Shop } from "./shop.fixture.ts";

/** Puts the backend behind a load balancer, sets its strategy, and waits until it is stable. */
function setStrategy(shop: Shop, deploymentConfiguration: DeploymentConfiguration): Promise<void> {
  const loadBalancing = "arn:aws:elasticloadbalancing:us-east-1:111122223333";
  const loadBalancers = [
    {
      targetGroupArn: `${loadBalancing}:targetgroup/blue/1`,
      containerName: "api",
      containerPort: 8080,
      advancedConfiguration: {
        alternateTargetGroupArn: `${loadBalancing}:targetgroup/green/1`,
        productionListenerRule: `${loadBalancing}:listener-rule/app/shop/1/1/1`,
        roleArn: "arn:aws:iam::111122223333:role/ecs-load-balancers",
      },
    },
  ];
  const listening = [{ containerPort: 8080 }];
  return deployChanged(shop, "backend", (container) => ({ ...container, portMappings: listening }), {
    loadBalancers,
    deploymentConfiguration,
  });
}

describe("a service with its own deployment strategy", () => {
  test.each<[string, DeploymentConfiguration, number, string]>([
    ["BLUE_GREEN", { strategy: "BLUE_GREEN", bakeTimeInMinutes: 5 }, 5, "BAKE_TIME"],
    [
      "CANARY",
      { strategy: "CANARY", canaryConfiguration: { canaryPercent: 20, canaryBakeTimeInMinutes: 2 } },
      2,
      "PRODUCTION_TRAFFIC_SHIFT",
    ],
    [
      "LINEAR",
      { strategy: "LINEAR", linearConfiguration: { stepPercent: 25, stepBakeTimeInMinutes: 1 } },
      3,
      "PRODUCTION_TRAFFIC_SHIFT",
    ],
  ])("is followed through %s to its end", async (_, deploymentConfiguration, minutes, stage) => {
    const shop = await openScenario();
    await setStrategy(shop, deploymentConfiguration);
    await setHealthPolicy(shop, probeOf(shop));
    const release = await shop.startRelease(commits.good);
    await shop.clock.runUntil(() => lastProgress(shop, release).includes(stage));
    const execution = await shop.waitForEnd(release);
    expect(execution.status).toBe("SUCCEEDED");
    expect(checkedSeconds(execution)).toBeGreaterThan(minutes * 60);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
  });

  test("is rolled back when its new tasks crash, before ECS itself would do so", async () => {
    const fate = { kind: "crash" as const, afterSeconds: 3, exitCode: 1, log: ["Error: no database"] };
    const shop = await openScenario({ tasks: [{ service: "backend", commit: "b", fate }] });
    await setStrategy(shop, { strategy: "BLUE_GREEN", bakeTimeInMinutes: 5 });
    const { release, execution } = await shop.release(commits.bad);
    expect(reasonOf(execution)).toContain("CONTAINER_EXITED");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    expect(await shop.record(release)).toMatchObject({ status: "rolled-back" });
    expect(checkedSeconds(execution)).toBeLessThan(180);
  });

  test("is rolled back during ECS's bake time, to tasks that still run, when an alarm is raised", async () => {
    const shop = await openScenario({
      tasks: [{ service: "backend", commit: "b", raises: { alarm: "errors", afterSeconds: 90 } }],
      alarms: [{ name: "errors" }],
    });
    await setStrategy(shop, { strategy: "BLUE_GREEN", bakeTimeInMinutes: 30 });
    await setHealthPolicy(shop, { alarms: ["errors"], deadlineMinutes: 60 });
    const before = (await shop.describeService("backend")).deployments?.[0]?.id;
    const { execution } = await shop.release(commits.bad);
    expect(reasonOf(execution)).toContain("ALARM_RAISED");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    expect((await shop.describeService("backend")).deployments).toMatchObject([
      { id: before, rolloutState: "COMPLETED" },
    ]);
    expect(checkedSeconds(execution)).toBeLessThan(300);
  });

  test("that its own alarm rolls back is followed, and the alarm is named", async () => {
    const raises = { alarm: "errors", afterSeconds: 20 };
    const shop = await openScenario({
      alarms: [{ name: "errors" }],
      tasks: [{ service: "backend", commit: "b", raises }],
    });
    const { cluster } = shop.environment;
    const deploymentConfiguration = { alarms: { alarmNames: ["errors"], enable: true, rollback: true } };
    await shop.ecs.send(new UpdateServiceCommand({ cluster, service: "backend", deploymentConfiguration }));
    const { release, execution } = await shop.release(commits.bad);
    expect(reasonOf(execution)).toMatch(/^RolloutFailedError: ROLLED_BACK_BY_ECS: .*\(raised: errors\)/);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    expect(await shop.record(release)).toMatchObject({
      status: "rolled-back",
      evidence: [{ service: "backend", code: "ROLLED_BACK_BY_ECS", alarms: ["errors"] }],
    });
  });
});

test("a worker without a health check is proven by tasks that keep running", async () => {
  const shop = await openScenario();
  await deployChanged(shop, "worker", (container) => ({ ...container, healthCheck: undefined }));
  const { release, execution } = await shop.release(commits.good);
  expect(execution.status).toBe("SUCCEEDED");
  expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
});

test("a worker without a health check that crashes during the bake time is rolled back", async () => {
  const fate = { kind: "crash" as const, afterSeconds: 70, exitCode: 1, log: ["Error: the queue is gone"] };
  const shop = await openScenario({ tasks: [{ service: "worker", commit: "b", fate }] });
  await deployChanged(shop, "worker", (container) => ({ ...container, healthCheck: undefined }));
  await setHealthPolicy(shop, { bakeSeconds: 300 });
  const { execution } = await shop.release(commits.bad);
  expect(reasonOf(execution)).toContain("the queue is gone");
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
});
