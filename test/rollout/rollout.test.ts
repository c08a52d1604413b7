import type { ScenarioInput } from "@lockmaster/local-aws";
import { afterEach, describe, expect, it } from "vitest";
import { newCommit, oldCommit, openStage, type Stage, type StageOptions } from "./stage.ts";

let stage: Stage;
afterEach(() => stage.close());

/** Services that run the old commit, without a deployment in progress and with a snapshot. */
async function stageWithSnapshot(options?: StageOptions): Promise<Stage> {
  stage = await openStage(options);
  await stage.waitUntilCompleted();
  await expect(stage.snapshot()).resolves.toMatchObject({ state: "ready" });
  stage.calls.length = 0;
  return stage;
}

type Fate = NonNullable<NonNullable<ScenarioInput["tasks"]>[number]["fate"]>;
const newTasks = (fate: Fate, service = "api-svc"): ScenarioInput => ({
  tasks: [{ service, commit: newCommit, fate }],
});
const crash: Fate = { kind: "crash", afterSeconds: 3, exitCode: 1, log: ["starting", "Error: no database"] };

const mutations = new Set(["RegisterTaskDefinition", "UpdateService", "StopServiceDeployment"]);
const mutationsOf = ({ calls }: Stage) => calls.filter((call) => mutations.has(call));
const newImage = ({ images }: Stage) => `${images.new.repositoryUri}@${images.new.digest}`;
const oldImage = ({ images }: Stage) => `${images.old.repositoryUri}@${images.old.digest}`;

describe("a release that succeeds", () => {
  it("sets every service to the digest and changes nothing else", async () => {
    const stage = await stageWithSnapshot();
    const before = await stage.running("api");
    await expect(stage.watch("deploy", await stage.deployAll())).resolves.toEqual({ state: "healthy", proven: true });
    for (const service of stage.services) {
      expect(await stage.running(service)).toMatchObject({
        image: newImage(stage),
        rolloutState: "COMPLETED",
        desiredCount: 2,
      });
    }
    const after = await stage.ports.taskDefinitions.describe((await stage.running("api")).taskDefinition);
    const old = await stage.ports.taskDefinitions.describe(before.taskDefinition);
    expect(after.tags).toEqual(old.tags);
    expect(after.taskDefinition.containerDefinitions[0]).toEqual({
      ...old.taskDefinition.containerDefinitions[0],
      image: newImage(stage),
    });
  });

  it("is idempotent: a second run changes nothing", async () => {
    const stage = await stageWithSnapshot();
    const first = await stage.deploy("api");
    const intents = (await stage.record()).intents;
    stage.calls.length = 0;
    // It cannot know whether the first call got an answer to UpdateService.
    const again = { ...first, unanswered: true };
    await expect(stage.deploy("api")).resolves.toEqual(again);
    expect(mutationsOf(stage)).toEqual([]);
    expect((await stage.record()).intents).toEqual(intents);
    await stage.watch("deploy", [first]);
    await expect(stage.deploy("api")).resolves.toEqual(again);
    expect(mutationsOf(stage)).toEqual([]);
  });

  it("follows a forced deployment of the same task definition", async () => {
    const stage = await stageWithSnapshot();
    const rollouts = await stage.deployAll();
    await stage.clock.advance(10_000);
    await stage.update("api", { forceNewDeployment: true });
    await expect(stage.watch("deploy", rollouts)).resolves.toEqual({ state: "healthy", proven: true });
  });

  it("waits before its first change while another deployment is in progress", async () => {
    stage = await openStage();
    await expect(stage.snapshot()).resolves.toMatchObject({ state: "waiting", retryAfterSeconds: 5 });
    expect((await stage.record()).snapshot).toBeUndefined();
  });
});

describe("a release that fails", () => {
  it("is reported at the second crash with the container's last log lines, and every service is rolled back", async () => {
    const stage = await stageWithSnapshot({ scenario: newTasks(crash) });
    const rollouts = await stage.deployAll();
    const began = stage.now().getTime();
    await expect(stage.watch("deploy", rollouts)).resolves.toEqual({
      state: "failed",
      code: "CONTAINER_EXITED",
      message: "api: container app exited with code 1 (Essential container in task exited): Error: no database",
    });
    expect(stage.now().getTime() - began).toBeLessThan(120_000);
    expect((await stage.record()).evidence).toMatchObject([
      { service: "api", exitCode: 1, container: "app", logLines: ["starting", "Error: no database"] },
    ]);

    await expect(stage.watch("rollback", await stage.rollBackAll())).resolves.toEqual({
      state: "healthy",
      proven: true,
    });
    for (const service of stage.services) {
      const { image } = await stage.running(service);
      expect([oldImage(stage), oldImage(stage).replace(/@.*/, `:${oldCommit}`)]).toContain(image);
    }
  });

  it("fails at the deadline without other evidence", async () => {
    const stage = await stageWithSnapshot({ scenario: { tasks: [{ commit: newCommit, startSeconds: 7200 }] } });
    await expect(stage.watch("deploy", await stage.deployAll())).resolves.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  });

  it("leaves a service alone that another tool has deployed", async () => {
    const stage = await stageWithSnapshot();
    const { taskDefinition: before } = await stage.running("worker");
    const rollouts = await stage.deployAll();
    await stage.clock.advance(10_000);
    await stage.update("api", { taskDefinition: before });
    await expect(stage.watch("deploy", rollouts)).resolves.toMatchObject({ code: "DEPLOYMENT_REPLACED" });
    await expect(stage.watch("rollback", await stage.rollBackAll())).resolves.toEqual({
      state: "healthy",
      proven: true,
    });
    expect((await stage.running("api")).taskDefinition).toBe(before);
    expect((await stage.running("worker")).image).toContain("shop/backend");
    expect((await stage.running("worker")).image).not.toBe(newImage(stage));
  });
});

describe("a rollback", () => {
  it("follows ECS's own rollback", async () => {
    const stage = await stageWithSnapshot({ breaker: true, scenario: newTasks({ ...crash, afterSeconds: 0 }) });
    const rollouts = await stage.deployAll();
    for (let polls = 0; polls < 100 && (await stage.running("api")).image === newImage(stage); polls += 1) {
      await stage.clock.advance(5000);
    }
    await expect(stage.watch("deploy", rollouts)).resolves.toMatchObject({ code: "ROLLED_BACK_BY_ECS" });
    stage.calls.length = 0;
    const rollback = await stage.rollBack("api");
    expect(rollback).toMatchObject({ expect: "restore" });
    expect(stage.decisions).toEqual(["follow"]);
    expect(mutationsOf(stage)).toEqual([]);
    await expect(stage.watch("rollback", [rollback])).resolves.toEqual({ state: "healthy", proven: true });
  });

  it("has ECS roll back our deployment while it is in progress", async () => {
    const stage = await stageWithSnapshot();
    await stage.deploy("api");
    await stage.clock.advance(10_000);
    stage.calls.length = 0;
    const rollback = await stage.rollBack("api");
    expect(mutationsOf(stage)).toEqual(["StopServiceDeployment"]);
    await expect(stage.watch("rollback", [rollback])).resolves.toEqual({ state: "healthy", proven: true });
    expect((await stage.running("api")).taskDefinition).toBe((await stage.record()).snapshot?.["api"]?.taskDefinition);
  });

  it("does not take our deployment for the old one while ECS begins its rollback", async () => {
    const stage = await stageWithSnapshot();
    await stage.deploy("api");
    await stage.clock.advance(10_000);
    const { taskDefinition } = await stage.rollBack("api");
    await expect(stage.rollBack("api")).resolves.toMatchObject({ expect: "restore", taskDefinition });
    expect(taskDefinition).toBe((await stage.record()).snapshot?.["api"]?.taskDefinition);
  });

  it("uses the recorded digest where the old task definition names a tag", async () => {
    const stage = await stageWithSnapshot();
    await stage.watch("deploy", await stage.deployAll());
    const rollback = await stage.rollBackAll();
    await expect(stage.watch("rollback", rollback)).resolves.toEqual({ state: "healthy", proven: true });
    expect(await stage.running("api")).toMatchObject({ image: oldImage(stage), rolloutState: "COMPLETED" });
  });

  it("is idempotent, also when it runs twice at once", async () => {
    const stage = await stageWithSnapshot();
    await stage.watch("deploy", await stage.deployAll());
    const first = await stage.rollBack("api");
    stage.calls.length = 0;
    const [second, third] = await Promise.all([stage.rollBack("api"), stage.rollBack("api")]);
    expect(mutationsOf(stage)).toEqual([]);
    for (const again of [second, third])
      expect(again).toMatchObject({ expect: "restore", taskDefinition: first.taskDefinition });
    await expect(stage.watch("rollback", [second])).resolves.toEqual({ state: "healthy", proven: true });
  });

  it("does not change a service that the release did not change", async () => {
    const stage = await stageWithSnapshot();
    await stage.deploy("api");
    stage.calls.length = 0;
    await expect(stage.rollBack("worker")).resolves.toEqual({ service: "worker", expect: "none" });
    expect(mutationsOf(stage)).toEqual([]);
  });

  it("fails when the old tasks crash now too", async () => {
    const stage = await stageWithSnapshot({
      scenario: {
        tasks: [
          { service: "api-svc", commit: newCommit, fate: crash },
          { service: "api-svc", commit: oldCommit, times: 2 },
          { service: "api-svc", commit: oldCommit, fate: crash },
        ],
      },
    });
    const rollouts = await stage.deployAll();
    await stage.watch("deploy", rollouts);
    const { taskDefinition } = (await stage.record()).snapshot?.["api"] ?? {};
    for (const task of await stage.runningTasks("api")) await stage.stopTask(task);
    await expect(stage.watch("rollback", await stage.rollBackAll())).resolves.toMatchObject({ state: "failed" });
    expect(taskDefinition).toBeDefined();
  });

  it("scales a first deployment to zero", async () => {
    stage = await openStage({ scenario: { tasks: [{ service: "api-svc", fate: crash }] } });
    const waitingSince = stage.now().toISOString();
    await stage.clock.advance(11 * 60_000);
    await expect(stage.snapshot(waitingSince)).resolves.toMatchObject({ state: "ready" });
    expect((await stage.record()).snapshot?.["api"]).not.toHaveProperty("taskDefinition");
    const rollouts = await stage.deployAll();
    await expect(stage.watch("deploy", rollouts)).resolves.toMatchObject({ state: "failed" });
    const rollback = await stage.rollBackAll();
    expect(rollback[0]).toEqual({ service: "api", expect: "scaled-to-zero" });
    await expect(stage.watch("rollback", rollback)).resolves.toEqual({ state: "healthy", proven: true });
    expect(await stage.running("api")).toMatchObject({ desiredCount: 0 });
  });
});

it("finds each service deployment once, and then needs one call per operation for both services", async () => {
  const stage = await stageWithSnapshot();
  const rollouts = await stage.deployAll();
  stage.calls.length = 0;
  await stage.watch("deploy", rollouts);
  const count = (operation: string) => stage.calls.filter((call) => call === operation).length;
  expect(count("DescribeServiceRevisions")).toBe(1);
  expect(count("ListServiceDeployments")).toBe(0);
  expect(count("DescribeServiceDeployments")).toBe(count("DescribeServices") + 1);
});
