import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deadlockOf, type DeploymentSettings } from "./deployment-room.ts";

const settings = (change: Partial<DeploymentSettings>): DeploymentSettings => ({
  desiredCount: 1,
  minimumHealthyPercent: 100,
  maximumPercent: 200,
  strategy: "ROLLING",
  isDaemon: false,
  hostPorts: [],
  ...change,
});

describe("the percentages", () => {
  test.each<[string, Partial<DeploymentSettings>, boolean]>([
    ["1 task, 50 to 150 %: 0.5 is rounded up, 1.5 down", { minimumHealthyPercent: 50, maximumPercent: 150 }, true],
    ["2 tasks, 75 to 125 %", { desiredCount: 2, minimumHealthyPercent: 75, maximumPercent: 125 }, true],
    ["3 tasks, 100 to 125 %", { desiredCount: 3, minimumHealthyPercent: 100, maximumPercent: 125 }, true],
    ["2 tasks, 50 to 150 %", { desiredCount: 2, minimumHealthyPercent: 50, maximumPercent: 150 }, false],
    ["4 tasks, 100 to 125 %", { desiredCount: 4, minimumHealthyPercent: 100, maximumPercent: 125 }, false],
    ["1 task, 0 to 100 %", { minimumHealthyPercent: 0, maximumPercent: 100 }, false],
    ["ECS's defaults", {}, false],
    ["no desired task", { desiredCount: 0, minimumHealthyPercent: 50, maximumPercent: 150 }, false],
    ["blue/green", { strategy: "BLUE_GREEN", minimumHealthyPercent: 50, maximumPercent: 150 }, false],
    ["a daemon on 1 instance, 50 %", { isDaemon: true, minimumHealthyPercent: 50, maximumPercent: 100 }, true],
    [
      "a daemon on 2 instances, 50 %",
      { isDaemon: true, desiredCount: 2, minimumHealthyPercent: 50, maximumPercent: 100 },
      false,
    ],
  ])("%s", (_, change, isDeadlocked) => {
    expect(deadlockOf(settings(change)) !== undefined).toBe(isDeadlocked);
  });

  test("are reported with both remedies, in numbers", () => {
    expect(deadlockOf(settings({ minimumHealthyPercent: 50, maximumPercent: 150 }))).toEqual({
      kind: "percentages",
      problem:
        "with 1 desired task, minimumHealthyPercent 50 means at least 1 and maximumPercent 150 at most 1, so ECS can neither stop nor start a task",
      remedy: "set maximumPercent to at least 200, or minimumHealthyPercent to at most 0",
    });
  });

  test("deadlock exactly when no task may start or stop, and each remedy that is named helps", () => {
    const arbitrary = fc.record({
      desiredCount: fc.integer({ min: 1, max: 30 }),
      minimumHealthyPercent: fc.integer({ min: 0, max: 100 }),
      maximumPercent: fc.integer({ min: 100, max: 200 }),
    });
    fc.assert(
      fc.property(arbitrary, (change) => {
        const { desiredCount, minimumHealthyPercent, maximumPercent } = change;
        const mayStart = Array.from({ length: 60 }, (_, count) => count).some(
          (count) => count > desiredCount && count <= (desiredCount * maximumPercent) / 100,
        );
        const mayStop = desiredCount - 1 >= (desiredCount * minimumHealthyPercent) / 100;
        const deadlock = deadlockOf(settings(change));
        expect(deadlock !== undefined).toBe(!mayStart && !mayStop);
        const [maximum, minimum] = deadlock?.remedy.match(/\d+/g)?.map(Number) ?? [];
        if (maximum === undefined || minimum === undefined) return;
        expect(maximum).toBeLessThanOrEqual(200);
        expect(deadlockOf(settings({ ...change, maximumPercent: maximum }))).toBeUndefined();
        expect(deadlockOf(settings({ ...change, minimumHealthyPercent: minimum }))).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });
});

describe("host ports", () => {
  test.each<[string, Partial<DeploymentSettings>, boolean]>([
    ["as many instances as tasks, none of which may stop first", { instances: 1 }, true],
    ["one instance more", { instances: 2 }, false],
    ["as many instances as tasks, which may stop first", { instances: 1, minimumHealthyPercent: 0 }, false],
    ["fewer instances than tasks", { desiredCount: 2, instances: 1, minimumHealthyPercent: 0 }, true],
    ["blue/green, which needs twice as many", { desiredCount: 2, instances: 3, strategy: "BLUE_GREEN" }, true],
    [
      "a daemon, which has one task on each instance",
      { instances: 1, isDaemon: true, minimumHealthyPercent: 0 },
      false,
    ],
    ["an unknown number of instances", {}, false],
    ["dynamic ports", { instances: 1, hostPorts: [] }, false],
  ])("%s", (_, change, isDeadlocked) => {
    const deadlock = deadlockOf(settings({ hostPorts: [8080], ...change }));
    expect(deadlock?.kind).toBe(isDeadlocked ? "host-ports" : undefined);
  });

  test("are reported with the number of instances that are missing", () => {
    expect(deadlockOf(settings({ hostPorts: [80, 443], instances: 1 }))).toEqual({
      kind: "host-ports",
      problem:
        "each task reserves host ports 80, 443 of an instance, and a deployment of 1 desired task needs 2 instances, of which the cluster has 1",
      remedy: "use dynamic host ports (hostPort 0), set minimumHealthyPercent to at most 0, or add instances",
    });
  });
});
