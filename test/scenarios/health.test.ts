import { CloudWatchClient, DeleteAlarmsCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { ListTasksCommand, StopTaskCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import type { ScenarioInput } from "@lockmaster/local-aws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setHealthPolicy, lastProgress, probeOf, checkedSeconds } from "./health.fixture.ts";
import { commits, onEveryService, openScenario, openShop, reasonOf, type Shop, statesOf } from "./shop.fixture.ts";

type TaskRules = NonNullable<ScenarioInput["tasks"]>;

describe("the probe", () => {
  test("proves a release whose answer contains its commit", async () => {
    const shop = await openScenario();
    await setHealthPolicy(shop, probeOf(shop));
    const { release, execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
  });

  describe("rolls a release back within two minutes of ECS's success", () => {
    const failing: readonly [what: string, probe: NonNullable<TaskRules[number]["probe"]>, problem: string][] = [
      ["its answer is an error", { status: 500 }, "got status 500"],
      ["its answer contains another commit", { revision: "d".repeat(40) }, `has revision ${"d".repeat(40)}`],
      ["it does not answer in time", { delaySeconds: 60 }, "no answer within 5 seconds"],
    ];
    const rows = failing.map(([what, probe, problem], index) => ({
      what,
      probe,
      problem,
      sha: `b${index}`.repeat(20),
    }));
    let shop: Shop;
    beforeAll(async () => {
      shop = await openShop({ tasks: rows.map(({ sha, probe }) => ({ service: "backend", commit: sha, probe })) });
      await setHealthPolicy(shop, probeOf(shop));
    });
    afterAll(() => shop.close());

    test.each(rows)("when $what", async ({ sha, problem }) => {
      const { release, execution } = await shop.release(sha);
      expect(reasonOf(execution)).toMatch(/^RolloutFailedError: PROBE_FAILED: /);
      expect(reasonOf(execution)).toContain(problem);
      expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
      const { status, evidence } = await shop.record(release);
      expect(status).toBe("rolled-back");
      expect(evidence).toMatchObject([{ code: "PROBE_FAILED", probe: { url: expect.stringContaining("/probe/") } }]);
      expect(evidence?.[0]?.service).toBeUndefined();
      expect(checkedSeconds(execution)).toBeLessThan(300);
    });
  });

  test("tolerates single wrong answers while traffic switches to the new tasks", async () => {
    // The first task of the new image answers wrongly, until it is replaced.
    const wrong: TaskRules[number] = { service: "backend", commit: "a", times: 1, probe: { status: 502 } };
    const shop = await openScenario({ tasks: [wrong] });
    await setHealthPolicy(shop, { ...probeOf(shop), bakeSeconds: 120 });
    const release = await shop.startRelease(commits.good);
    await shop.clock.runUntil(() => lastProgress(shop, release).includes("the probe got status 502"));
    const { cluster } = shop.environment;
    const { taskArns = [] } = await shop.ecs.send(new ListTasksCommand({ cluster, serviceName: "backend" }));
    for (const task of taskArns) await shop.ecs.send(new StopTaskCommand({ cluster, task }));
    expect((await shop.waitForEnd(release)).status).toBe("SUCCEEDED");
  });

  test("is checked during a rollback for its status only, and named when that is wrong", async () => {
    const shop = await openScenario({
      tasks: [
        { service: "backend", commit: "b", fate: { kind: "crash", afterSeconds: 3, exitCode: 1, log: [] } },
        { service: "backend", commit: "0", probe: { status: 500 } },
      ],
    });
    await setHealthPolicy(shop, probeOf(shop));
    const { release, execution } = await shop.release(commits.bad);
    expect(reasonOf(execution)).toContain("CONTAINER_EXITED");
    expect(reasonOf(execution)).toContain("The rollback failed too");
    expect(await shop.record(release)).toMatchObject({
      status: "rollback-failed",
      evidence: [{ code: "CONTAINER_EXITED" }, { code: "PROBE_FAILED" }],
    });
  });
});

describe("the bake time", () => {
  test("delays the success of a healthy release", async () => {
    const shop = await openScenario();
    await setHealthPolicy(shop, { bakeSeconds: 300 });
    const { execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(checkedSeconds(execution)).toBeGreaterThan(330);
    expect(checkedSeconds(execution)).toBeLessThan(500);
  });

  test("shows crashes after ECS has completed the deployment", async () => {
    const late: TaskRules[number] = {
      service: "backend",
      commit: "b",
      fate: { kind: "crash", afterSeconds: 150, exitCode: 3, log: ["Error: the cache is full"] },
    };
    const shop = await openScenario({ tasks: [late] });
    await setHealthPolicy(shop, { bakeSeconds: 600 });
    const { execution } = await shop.release(commits.bad);
    expect(reasonOf(execution)).toContain("CONTAINER_EXITED");
    expect(reasonOf(execution)).toContain("the cache is full");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
  });

  test("can end after the deadline, with a health check at most every hundred seconds", async () => {
    const shop = await openScenario();
    await setHealthPolicy(shop, { deadlineMinutes: 5, bakeSeconds: 7200, ...probeOf(shop) });
    const { execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(checkedSeconds(execution)).toBeGreaterThan(7200);
    expect(statesOf(execution).filter((name) => name === "Check health").length).toBeLessThan(130);
  });
});

describe("an alarm", () => {
  const errors = { alarms: [{ name: "errors" }] };

  test("that a release raises rolls it back", async () => {
    const raises = { alarm: "errors", afterSeconds: 45 };
    const shop = await openScenario({ ...errors, tasks: [{ service: "backend", commit: "b", raises }] });
    await setHealthPolicy(shop, { alarms: ["errors"], bakeSeconds: 120 });
    const { release, execution } = await shop.release(commits.bad);
    expect(reasonOf(execution)).toMatch(/^RolloutFailedError: ALARM_RAISED: an alarm is raised: errors \(Threshold/);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    expect(await shop.record(release)).toMatchObject({
      status: "rolled-back",
      evidence: [{ code: "ALARM_RAISED", alarms: ["errors"] }],
    });
  });

  test("that was raised before the release refuses it before any change; a Redrive continues once it is OK", async () => {
    const shop = await openScenario({ alarms: [{ name: "errors", state: "ALARM" }] });
    await setHealthPolicy(shop, { alarms: ["errors"] });
    const { release, execution } = await shop.release(commits.good);
    expect(reasonOf(execution)).toMatch(/^RejectedError: ALARM_RAISED: before anything was changed/);
    expect(statesOf(execution).at(-1)).toBe("Snapshot services");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));

    const cloudwatch = new CloudWatchClient(shop.rehearsal.aws.clientConfig());
    const quiet = { AlarmName: "errors", StateValue: "OK", StateReason: "fixed" } as const;
    await cloudwatch.send(new SetAlarmStateCommand(quiet));
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    cloudwatch.destroy();
  });

  test("without enough data counts as OK", async () => {
    const shop = await openScenario({ alarms: [{ name: "errors", state: "INSUFFICIENT_DATA" }] });
    await setHealthPolicy(shop, { alarms: ["errors"] });
    expect((await shop.release(commits.good)).execution.status).toBe("SUCCEEDED");
  });

  test("that does not exist refuses the release before any build", async () => {
    const shop = await openScenario();
    await setHealthPolicy(shop, { alarms: ["errors"] });
    const { execution } = await shop.release(commits.good);
    expect(reasonOf(execution)).toMatch(/^RejectedError: ALARM_NOT_FOUND: .*errors/);
    expect(statesOf(execution)).toEqual(["Plan"]);
  });

  test("that is deleted during the release is missed until the deadline", async () => {
    const shop = await openScenario(errors);
    await setHealthPolicy(shop, { alarms: ["errors"], deadlineMinutes: 5 });
    const release = await shop.startRelease(commits.good);
    await shop.waitForState(release, "Check health");
    const cloudwatch = new CloudWatchClient(shop.rehearsal.aws.clientConfig());
    await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ["errors"] }));
    const execution = await shop.waitForEnd(release);
    expect(reasonOf(execution)).toContain("DEADLINE_EXCEEDED: not proven healthy within 5 minutes: alarm errors");
    cloudwatch.destroy();
  });
});

describe("services with a desired count of 0", () => {
  test("prove nothing: the release is recorded as unproven", async () => {
    const shop = await openScenario({}, { shop: { desiredCount: 0 } });
    await setHealthPolicy(shop, probeOf(shop));
    const { release, execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.record(release)).toMatchObject({ status: "unproven" });
    expect((await shop.describeService("backend")).taskDefinition).not.toMatch(/:1$/);
  });

  test("make the whole release unproven, even if other services run tasks", async () => {
    const shop = await openScenario();
    const { cluster } = shop.environment;
    await shop.ecs.send(new UpdateServiceCommand({ cluster, service: "worker", desiredCount: 0 }));
    const { release } = await shop.release(commits.good);
    expect(await shop.record(release)).toMatchObject({ status: "unproven" });
    expect(await shop.runningCommits()).toEqual({ ...onEveryService(commits.good), worker: [] });
  });
});
