import { afterEach, describe, expect, it } from "vitest";
import { openStage, type Stage } from "./stage.ts";

let stage: Stage;
afterEach(() => stage.close());

async function stageWithSnapshot(): Promise<Stage> {
  stage = await openStage();
  await stage.waitUntilCompleted();
  await stage.snapshot();
  stage.calls.length = 0;
  return stage;
}

/** Indexes of a step's calls: dying after one is dying before the next. */
const callsOf = (count: number) => Array.from({ length: count }, (_, call) => call);
const deployCalls = callsOf(8);
const rollbackCalls = callsOf(11);

describe("deploy-service dies", () => {
  it.each(deployCalls)("after call %i: a retry completes, with one registration", async (call) => {
    const stage = await stageWithSnapshot();
    await expect(stage.dyingAfter(call, (ports) => stage.deploy("api", ports))).rejects.toThrow("the function died");
    const rollout = await stage.deploy("api");
    expect(stage.calls.filter((one) => one === "RegisterTaskDefinition")).toHaveLength(1);
    await expect(stage.watch("deploy", [rollout])).resolves.toEqual({ state: "healthy", proven: true });
  });

  it.each(deployCalls)("after call %i: the service is rolled back", async (call) => {
    const stage = await stageWithSnapshot();
    const before = await stage.running("api");
    await expect(stage.dyingAfter(call, (ports) => stage.deploy("api", ports))).rejects.toThrow("the function died");
    await stage.clock.advance(7000);
    const rollback = await stage.rollBack("api");
    await expect(stage.watch("rollback", [rollback])).resolves.toEqual({ state: "healthy", proven: true });
    expect((await stage.running("api")).taskDefinition).toBe(before.taskDefinition);
  });
});

describe("rollback-service dies", () => {
  it.each(rollbackCalls)("after call %i: a retry completes, with one registration", async (call) => {
    const stage = await stageWithSnapshot();
    await stage.watch("deploy", [await stage.deploy("api")]);
    stage.calls.length = 0;
    await expect(stage.dyingAfter(call, (ports) => stage.rollBack("api", ports))).rejects.toThrow("the function died");
    const rollback = await stage.rollBack("api");
    await expect(stage.watch("rollback", [rollback])).resolves.toEqual({ state: "healthy", proven: true });
    expect((await stage.running("api")).image).toContain(stage.images.old.digest);
    expect(stage.calls.filter((one) => one === "RegisterTaskDefinition")).toHaveLength(1);
  });
});
