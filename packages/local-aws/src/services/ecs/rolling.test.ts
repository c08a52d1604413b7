import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TaskRule } from "../../scenario/scenario.ts";
import { digestOf, ecsFixture, webDefinition } from "./ecs.fixture.ts";
import { rollingUpdate, type RolloutView } from "./rolling.ts";

type Named = { name: string; counts: boolean };

/** A lowercase letter is a task that counts as healthy, an uppercase letter one that does not. */
function tasks(names: string): Named[] {
  return names.split("").map((name) => ({ name: name.toLowerCase(), counts: name === name.toLowerCase() }));
}

describe("one step of a rolling update", () => {
  it.each([
    { name: "starts all new tasks next to the old ones", desired: 2, ours: "", others: "ab", start: 2, stop: "" },
    { name: "waits for the new tasks", desired: 2, ours: "XY", others: "ab", start: 0, stop: "" },
    { name: "stops an old task for each healthy new task", desired: 2, ours: "xY", others: "ab", start: 0, stop: "a" },
    {
      name: "stops old tasks at the maximum",
      desired: 4,
      min: 50,
      max: 100,
      ours: "",
      others: "abcd",
      start: 0,
      stop: "ab",
    },
    { name: "fills up to the maximum", desired: 4, min: 50, max: 100, ours: "", others: "cd", start: 2, stop: "" },
    { name: "rounds the minimum up", desired: 3, min: 50, ours: "", others: "abc", start: 3, stop: "a" },
    { name: "rounds the maximum down", desired: 3, max: 150, ours: "", others: "abc", start: 1, stop: "" },
    { name: "stops unhealthy old tasks at once", desired: 2, ours: "", others: "aB", start: 2, stop: "b" },
    { name: "stops unhealthy surplus tasks first", desired: 1, ours: "xY", others: "", start: 0, stop: "y" },
    { name: "stops all tasks when none is desired", desired: 0, ours: "xY", others: "a", start: 0, stop: "yxa" },
    { name: "does nothing once failed", desired: 2, may: false, ours: "", others: "ab", start: 0, stop: "" },
    { name: "does nothing when steady", desired: 2, ours: "xy", others: "", start: 0, stop: "" },
  ])("$name", ({ desired, min = 100, max = 200, may = true, ours, others, start, stop }) => {
    const plan = rollingUpdate({
      desiredCount: desired,
      minimumHealthyPercent: min,
      maximumPercent: max,
      mayLaunch: may,
      primary: tasks(ours),
      others: tasks(others),
    });
    expect({ start: plan.start, stop: plan.stop.map(({ name }) => name).join("") }).toEqual({ start, stop });
  });

  const someTasks = fc.array(fc.record({ counts: fc.boolean() }), { maxLength: 12 });
  const view: fc.Arbitrary<RolloutView<{ counts: boolean }>> = fc.record({
    desiredCount: fc.nat({ max: 10 }),
    minimumHealthyPercent: fc.nat({ max: 100 }),
    maximumPercent: fc.integer({ min: 100, max: 200 }),
    mayLaunch: fc.boolean(),
    primary: someTasks,
    others: someTasks,
  });

  it("never stops healthy tasks that the minimum requires", () => {
    fc.assert(
      fc.property(view, (now) => {
        const { stop } = rollingUpdate(now);
        const before = [...now.primary, ...now.others].filter(({ counts }) => counts).length;
        const after = before - stop.filter(({ counts }) => counts).length;
        const floor = Math.ceil((now.desiredCount * now.minimumHealthyPercent) / 100);
        expect(after).toBeGreaterThanOrEqual(Math.min(before, floor));
      }),
    );
  });

  it("never starts more tasks than the maximum allows", () => {
    fc.assert(
      fc.property(view, (now) => {
        const running = now.primary.length + now.others.length;
        const ceiling = Math.floor((now.desiredCount * now.maximumPercent) / 100);
        const { start } = rollingUpdate(now);
        expect(start === 0 || running + start <= ceiling).toBe(true);
      }),
    );
  });
});

describe("a whole rolling update", () => {
  const fate = fc.constantFrom<NonNullable<TaskRule["fate"]>>(
    { kind: "crash", afterSeconds: 1, exitCode: 1, log: [] },
    { kind: "unhealthy" },
    { kind: "cannot-pull" },
  );
  const rule: fc.Arbitrary<TaskRule> = fc.record(
    {
      commit: fc.constant("2"),
      times: fc.integer({ min: 1, max: 3 }),
      startSeconds: fc.integer({ min: 1, max: 60 }),
      healthySeconds: fc.integer({ min: 1, max: 60 }),
      fate,
    },
    { requiredKeys: ["commit", "times"] },
  );

  it("keeps the minimum of healthy tasks, whether or not the new tasks fail", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(rule, { maxLength: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(50, 75, 100),
        fc.boolean(),
        async (rules, desiredCount, minimumHealthyPercent, enable) => {
          const ecs = ecsFixture({ rules });
          const deploymentCircuitBreaker = { enable, rollback: true };
          const deploymentConfiguration = { minimumHealthyPercent, deploymentCircuitBreaker };
          await ecs.createWeb({ desiredCount, deploymentConfiguration });
          await ecs.until((_, { rolloutState }) => rolloutState === "COMPLETED");
          await ecs.update({ taskDefinition: await ecs.register(webDefinition("2")) });
          for (let polls = 0; polls < 40; polls += 1) {
            await ecs.clock.advance(7_000);
            const healthy = (await ecs.tasks()).filter(({ healthStatus }) => healthStatus === "HEALTHY");
            expect(healthy.length).toBeGreaterThanOrEqual(Math.ceil((desiredCount * minimumHealthyPercent) / 100));
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  it("runs the same digest in all tasks of a revision after the tag was moved", async () => {
    const ecs = ecsFixture();
    const image = "111122223333.dkr.ecr.us-east-1.amazonaws.com/shop/web:1";
    await ecs.createWeb({ desiredCount: 1 }, webDefinition("1", { image }));
    await ecs.until((_, { rolloutState }) => rolloutState === "COMPLETED");
    ecs.moveTag("1", "2");
    await ecs.update({ desiredCount: 2 });
    await ecs.clock.advance(120_000);
    expect((await ecs.tasks()).map(({ containers }) => containers?.[0]?.imageDigest)).toEqual([
      digestOf("1"),
      digestOf("1"),
    ]);
  });
});
