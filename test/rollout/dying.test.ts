import { afterEach, describe, expect, it } from "vitest";
import { openStage, type Stage } from "./stage.ts";

let stage: Stage;
afterEach(() => stage.close());

async function settled(): Promise<Stage> {
  stage = await openStage();
  await stage.standStill();
  await stage.snapshot();
  stage.calls.length = 0;
  return stage;
}

/** Every call of a step, by its place: to die after one is to die before the next. */
const callsOf = (count: number) => Array.from({ length: count }, (_, call) => call);
const deployCalls = callsOf(8);
const rollbackCalls = callsOf(11);

describe("deploy-service dies", () => {
  it.each(deployCalls)("after call %i: once more it completes, with one registration", async (call) => {
    const stage = await settled();
    await expect(stage.dyingAfter(call, (ports) => stage.deploy("api", ports))).rejects.toThrow("the function died");
    const rollout = await stage.deploy("api");
    expect(stage.calls.filter((one) => one === "RegisterTaskDefinition")).toHaveLength(1);
    await expect(stage.watch("forward", [rollout])).resolves.toEqual({ state: "healthy", proven: true });
  });

  it.each(deployCalls)("after call %i: the service goes back to what it was", async (call) => {
    const stage = await settled();
    const before = await stage.running("api");
    await expect(stage.dyingAfter(call, (ports) => stage.deploy("api", ports))).rejects.toThrow("the function died");
    await stage.clock.advance(7000);
    const back = await stage.rollBack("api");
    await expect(stage.watch("back", [back])).resolves.toEqual({ state: "healthy", proven: true });
    expect((await stage.running("api")).taskDefinition).toBe(before.taskDefinition);
  });
});

describe("rollback-service dies", () => {
  it.each(rollbackCalls)("after call %i: once more it completes, with one registration", async (call) => {
    const stage = await settled();
    await stage.watch("forward", [await stage.deploy("api")]);
    stage.calls.length = 0;
    await expect(stage.dyingAfter(call, (ports) => stage.rollBack("api", ports))).rejects.toThrow("the function died");
    const back = await stage.rollBack("api");
    await expect(stage.watch("back", [back])).resolves.toEqual({ state: "healthy", proven: true });
    expect((await stage.running("api")).image).toContain(stage.images.old.digest);
    expect(stage.calls.filter((one) => one === "RegisterTaskDefinition")).toHaveLength(1);
  });
});
