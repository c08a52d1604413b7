import type { DeploymentConfiguration, LoadBalancer } from "@aws-sdk/client-ecs";
import {
  DescribeServiceDeploymentsCommand,
  type ServiceDeployment,
  StopServiceDeploymentCommand,
} from "@aws-sdk/client-ecs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TaskRule } from "../../scenario/scenario.ts";
import { digestOf, ecsFixture, present, webDefinition, type EcsFixture } from "./ecs.fixture.ts";
import { advance, productionPercent, shiftOf, stages, type ShiftProgress } from "./shifting.ts";

const begin: ShiftProgress = { stage: "PRE_SCALE_UP", since: 0, step: 0 };
const minute = 60_000;

describe("the shift of traffic", () => {
  it.each<[string, DeploymentConfiguration, number[]]>([
    ["BLUE_GREEN shifts in one step", { strategy: "BLUE_GREEN" }, [100]],
    ["CANARY begins with 5 %", { strategy: "CANARY" }, [5, 100]],
    ["CANARY begins as configured", { strategy: "CANARY", canaryConfiguration: { canaryPercent: 12.5 } }, [12.5, 100]],
    ["LINEAR shifts in steps of 10 %", { strategy: "LINEAR" }, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]],
    ["LINEAR ends with the remainder", { strategy: "LINEAR", linearConfiguration: { stepPercent: 40 } }, [40, 80, 100]],
    ["LINEAR may be one step", { strategy: "LINEAR", linearConfiguration: { stepPercent: 100 } }, [100]],
  ])("%s", (_, configuration, percents) => {
    expect(shiftOf(configuration)?.steps.map(({ percent }) => percent)).toEqual(percents);
  });

  it("waits between steps and not after the last one", () => {
    const shift = shiftOf({ strategy: "LINEAR", linearConfiguration: { stepPercent: 50, stepBakeTimeInMinutes: 3 } });
    expect(shift?.steps.map(({ bakeMs }) => bakeMs)).toEqual([3 * minute, 0]);
  });

  it("never moves to an earlier stage, whenever the scheduler runs, and ends in CLEAN_UP", () => {
    const configurations = fc.constantFrom<DeploymentConfiguration>(
      { strategy: "BLUE_GREEN", bakeTimeInMinutes: 5 },
      { strategy: "CANARY", bakeTimeInMinutes: 1 },
      { strategy: "LINEAR" },
    );
    fc.assert(
      fc.property(configurations, fc.array(fc.integer({ min: 1, max: 10 * minute })), (configuration, pauses) => {
        const shift = present(shiftOf(configuration));
        let at = 0;
        let progress = begin;
        for (const pause of [...pauses, 24 * 60 * minute]) {
          at += pause;
          const next = advance(progress, shift, { at, scaledUp: true });
          expect(stages.indexOf(next.stage)).toBeGreaterThanOrEqual(stages.indexOf(progress.stage));
          expect(productionPercent(next, shift)).toBeGreaterThanOrEqual(productionPercent(progress, shift));
          progress = next;
        }
        // SCALE_UP ends at the first step that finds all tasks healthy; the later stages take their time from then on.
        expect(advance(progress, shift, { at: at + 24 * 60 * minute, scaledUp: true }).stage).toBe("CLEAN_UP");
      }),
    );
  });

  it("does not begin before all new tasks are healthy", () => {
    const shift = present(shiftOf({ strategy: "BLUE_GREEN" }));
    expect(advance(begin, shift, { at: 24 * 60 * minute, scaledUp: false }).stage).toBe("SCALE_UP");
  });
});

const balanced: LoadBalancer[] = [
  {
    targetGroupArn: "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/blue/1",
    containerName: "web",
    containerPort: 8080,
    advancedConfiguration: {
      alternateTargetGroupArn: "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/green/1",
      productionListenerRule: "arn:aws:elasticloadbalancing:us-east-1:111122223333:listener-rule/app/shop/1/1/1",
      roleArn: "arn:aws:iam::111122223333:role/ecs-load-balancers",
    },
  },
];

async function begun(deploymentConfiguration: DeploymentConfiguration, rules: Parameters<typeof ecsFixture>[0] = {}) {
  const fixture = ecsFixture(rules);
  await fixture.createWeb({ deploymentConfiguration, loadBalancers: balanced });
  await fixture.until((_, { rolloutState }) => rolloutState === "COMPLETED");
  const taskDefinition = await fixture.register(webDefinition("2"));
  await fixture.update({ taskDefinition });
  return fixture;
}

async function current({ client, web }: EcsFixture): Promise<ServiceDeployment> {
  const { currentServiceDeployment = "" } = await web();
  const { serviceDeployments = [] } = await client.send(
    new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [currentServiceDeployment] }),
  );
  return present(serviceDeployments[0]);
}

/** Stages and weights as they change, until the deployment has ended. */
async function watch(fixture: EcsFixture): Promise<{ seen: string[]; seconds: number; end: ServiceDeployment }> {
  const seen: string[] = [];
  const began = fixture.clock.now();
  for (;;) {
    const one = await current(fixture);
    const entry = `${one.lifecycleStage} ${one.targetServiceRevision?.requestedProductionTrafficWeight}`;
    if (one.lifecycleStage !== undefined && seen.at(-1) !== entry) seen.push(entry);
    if (one.finishedAt !== undefined) return { seen, seconds: (fixture.clock.now() - began) / 1000, end: one };
    await fixture.clock.advance(5_000);
  }
}

describe("a deployment", () => {
  it("passes all stages of BLUE_GREEN in order, and the bake time delays its end", async () => {
    const fixture = await begun({ strategy: "BLUE_GREEN", bakeTimeInMinutes: 4 });
    const { seen, seconds, end } = await watch(fixture);
    expect(seen).toEqual([
      "PRE_SCALE_UP 0",
      "SCALE_UP 0",
      "POST_SCALE_UP 0",
      "TEST_TRAFFIC_SHIFT 0",
      "POST_TEST_TRAFFIC_SHIFT 0",
      "PRODUCTION_TRAFFIC_SHIFT 100",
      "POST_PRODUCTION_TRAFFIC_SHIFT 100",
      "BAKE_TIME 100",
      "CLEAN_UP 100",
    ]);
    expect(end.status).toBe("SUCCESSFUL");
    expect(seconds).toBeGreaterThan(4 * 60);
  });

  it("of BLUE_GREEN keeps all tasks of both revisions during the bake time", async () => {
    const fixture = await begun({ strategy: "BLUE_GREEN", bakeTimeInMinutes: 4 });
    while ((await current(fixture)).lifecycleStage !== "BAKE_TIME") await fixture.clock.advance(1_000);
    const { deployments = [], runningCount } = await fixture.web();
    expect(runningCount).toBe(4);
    expect(
      deployments.map(({ status, runningCount: running, rolloutState }) => [status, running, rolloutState]),
    ).toEqual([
      ["PRIMARY", 2, "IN_PROGRESS"],
      ["ACTIVE", 2, "COMPLETED"],
    ]);
  });

  it("of CANARY sends the new revision its share of the traffic, then all of it", async () => {
    const canaryConfiguration = { canaryPercent: 20, canaryBakeTimeInMinutes: 5 };
    const fixture = await begun({ strategy: "CANARY", canaryConfiguration });
    while ((await current(fixture)).lifecycleStage !== "PRODUCTION_TRAFFIC_SHIFT") await fixture.clock.advance(1_000);
    const { sourceServiceRevisions: [source] = [], targetServiceRevision: target } = await current(fixture);
    expect([source?.requestedProductionTrafficWeight, target?.requestedProductionTrafficWeight]).toEqual([80, 20]);
    const answers = await Promise.all(Array.from({ length: 200 }, () => fixture.requestService("shop", "web")));
    const news = answers.filter((answer) => answer?.body.includes('"2"')).length;
    expect(news).toBeGreaterThan(20);
    expect(news).toBeLessThan(60);
    const { seen } = await watch(fixture);
    expect(seen).toContain("PRODUCTION_TRAFFIC_SHIFT 100");
  });

  it("of LINEAR shifts in the configured steps", async () => {
    const linearConfiguration = { stepPercent: 40, stepBakeTimeInMinutes: 1 };
    const fixture = await begun({ strategy: "LINEAR", linearConfiguration });
    const { seen } = await watch(fixture);
    expect(seen.filter((entry) => entry.startsWith("PRODUCTION"))).toEqual(
      [40, 80, 100].map((percent) => `PRODUCTION_TRAFFIC_SHIFT ${percent}`),
    );
  });

  it("that is stopped rolls back at once to tasks that still run", async () => {
    const fixture = await begun({ strategy: "BLUE_GREEN", bakeTimeInMinutes: 10 });
    while ((await current(fixture)).lifecycleStage !== "BAKE_TIME") await fixture.clock.advance(1_000);
    const { serviceDeploymentArn } = await current(fixture);
    await fixture.client.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: "ROLLBACK" }));
    await fixture.clock.advance(2_000);
    const { targetServiceRevision, status } = await current(fixture);
    expect([status, targetServiceRevision?.requestedProductionTrafficWeight]).toEqual(["ROLLBACK_IN_PROGRESS", 0]);
    const { end } = await watch(fixture);
    expect(end.status).toBe("ROLLBACK_SUCCESSFUL");
    const tasks = await fixture.tasks();
    expect(tasks.map(({ containers }) => containers?.[0]?.imageDigest)).toEqual([digestOf("1"), digestOf("1")]);
    expect(tasks.every(({ startedAt }) => (startedAt?.getTime() ?? 0) < (end.createdAt?.getTime() ?? 0))).toBe(true);
  });

  it("of BLUE_GREEN whose tasks crash is not failed by the circuit breaker, and gets no traffic", async () => {
    const rules: TaskRule[] = [{ commit: "2", fate: { kind: "crash", afterSeconds: 1, exitCode: 1, log: [] } }];
    const breaker = { enable: true, rollback: true };
    const fixture = await begun(
      { strategy: "BLUE_GREEN", bakeTimeInMinutes: 1, deploymentCircuitBreaker: breaker },
      { rules },
    );
    await fixture.clock.advance(20 * minute);
    expect(await current(fixture)).toMatchObject({
      status: "IN_PROGRESS",
      lifecycleStage: "SCALE_UP",
      deploymentCircuitBreaker: { status: "DISABLED" },
    });
    expect(await fixture.requestService("shop", "web")).toMatchObject({ body: '{"revision":"1"}' });
  });
});

describe("deployment alarms", () => {
  const alarms = { alarmNames: ["errors"], enable: true, rollback: true };

  it("roll back a rolling update when they are raised, and the deployment names them", async () => {
    const rules = [{ commit: "2", raises: { alarm: "errors", afterSeconds: 5 } }];
    const fixture = await begun({ alarms }, { rules });
    const { end } = await watch(fixture);
    expect(end).toMatchObject({
      status: "ROLLBACK_SUCCESSFUL",
      alarms: { status: "TRIGGERED", alarmNames: ["errors"], triggeredAlarmNames: ["errors"] },
    });
    expect((await fixture.web()).deployments).toMatchObject([{ rolloutState: "COMPLETED" }]);
  });

  it("stall a deployment that is configured without rollback", async () => {
    const rules = [{ commit: "2", raises: { alarm: "errors", afterSeconds: 5 } }];
    const fixture = await begun({ alarms: { ...alarms, rollback: false } }, { rules });
    const { end } = await watch(fixture);
    expect(end).toMatchObject({ status: "STOPPED", alarms: { status: "TRIGGERED" } });
    const { deployments } = await fixture.web();
    expect(deployments?.[0]).toMatchObject({ status: "PRIMARY", rolloutState: "FAILED" });
  });

  it("are not watched when one of them is raised as the deployment begins", async () => {
    const fixture = ecsFixture();
    await fixture.createWeb({ deploymentConfiguration: { alarms } });
    await fixture.until((_, { rolloutState }) => rolloutState === "COMPLETED");
    fixture.signals.raise("errors");
    await fixture.update({ taskDefinition: await fixture.register(webDefinition("2")) });
    const { end } = await watch(fixture);
    expect(end).toMatchObject({ status: "SUCCESSFUL", alarms: { status: "DISABLED", triggeredAlarmNames: [] } });
  });

  it("delay the completion of a rolling update by their evaluation window", async () => {
    const plain = (await watch(await begun({}))).seconds;
    const watched = (await watch(await begun({ alarms }))).seconds;
    expect(watched - plain).toBeGreaterThanOrEqual(60);
  });
});

describe("a configuration is refused", () => {
  it.each<[string, DeploymentConfiguration, LoadBalancer[]]>([
    ["BLUE_GREEN without a bake time", { strategy: "BLUE_GREEN" }, balanced],
    ["a bake time of ROLLING", { bakeTimeInMinutes: 5 }, balanced],
    ["LINEAR without load balancer", { strategy: "LINEAR" }, []],
    [
      "CANARY without a second target group",
      { strategy: "CANARY" },
      balanced.map((target) => ({ ...target, advancedConfiguration: undefined })),
    ],
    ["steps below 3 %", { strategy: "LINEAR", linearConfiguration: { stepPercent: 2 } }, balanced],
    ["a canary for LINEAR", { strategy: "LINEAR", canaryConfiguration: { canaryPercent: 5 } }, balanced],
  ])("with %s", async (_, deploymentConfiguration, loadBalancers) => {
    const fixture = ecsFixture();
    await expect(fixture.createWeb({ deploymentConfiguration, loadBalancers })).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });

  it("with lifecycle hooks, which are not implemented", async () => {
    const lifecycleHooks = [{ hookTargetArn: "arn", roleArn: "arn", lifecycleStages: ["POST_SCALE_UP" as const] }];
    await expect(ecsFixture().createWeb({ deploymentConfiguration: { lifecycleHooks } })).rejects.toMatchObject({
      name: "NotInLocalAws",
    });
  });

  it("but not for BLUE_GREEN without a load balancer, which shifts no traffic", async () => {
    const fixture = ecsFixture();
    await fixture.createWeb({ deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 1 } });
    await fixture.until((_, { rolloutState }) => rolloutState === "COMPLETED");
    await fixture.update({ taskDefinition: await fixture.register(webDefinition("2")) });
    const { seen, end } = await watch(fixture);
    expect(seen).toContain("BAKE_TIME undefined");
    expect(end.status).toBe("SUCCESSFUL");
  });
});
