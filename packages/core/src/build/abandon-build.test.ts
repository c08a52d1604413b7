import * as fc from "fast-check";
import { expect, test } from "vitest";
import { RetryableError } from "../lib/errors.ts";
import { buildWorld, checkKey, deliver, request, type World } from "./build-world.fixture.ts";
import { abandonBuild } from "./abandon-build.ts";

const immediately = () => Promise.resolve();

function tokens(): () => string {
  let count = 0;
  return () => `token-${(count += 1)}`;
}

/** Abandons the build as the plan of a newer check does: again after a RetryableError. */
async function leave({ ports }: World, execution: string, keepsRunning = false): Promise<void> {
  for (let attempt = 0; attempt < 9; attempt += 1) {
    try {
      await abandonBuild(ports, checkKey, {
        execution,
        code: "CHECK_SUPERSEDED",
        reason: "superseded",
        keepsRunning,
        projectPrefix: "lockmaster-",
      });
      return;
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
    }
  }
  throw new Error("every attempt to leave met a conflict");
}

const statuses = (world: World) => world.builds.map(({ status }) => status);

test("stops a build without other waiters, and repeating it changes nothing", async () => {
  const world = buildWorld([], immediately);
  await request(world, { execution: "old", redriveCount: 0 }, tokens(), { key: checkKey });
  await leave(world, "old");
  await leave(world, "old");
  expect(statuses(world)).toEqual(["STOPPED"]);
});

test("finds and stops a build whose start was never confirmed", async () => {
  const world = buildWorld(["after"], immediately);
  await request(world, { execution: "old", redriveCount: 0 }, tokens(), { key: checkKey });
  expect(await world.ports.ledger.build(checkKey)).toMatchObject({ status: "starting" });
  await leave(world, "old");
  expect(statuses(world)).toEqual(["STOPPED"]);
});

test("lets a build run that has other waiters, or that must be kept running", async () => {
  const world = buildWorld([], immediately);
  const newToken = tokens();
  await request(world, { execution: "old", redriveCount: 0 }, newToken, { key: checkKey });
  await request(world, { execution: "other", redriveCount: 0 }, newToken, { key: checkKey });
  await leave(world, "old");
  await leave(world, "other", true);
  expect(statuses(world)).toEqual(["IN_PROGRESS"]);
});

test("changes nothing about a build that has ended, or that the execution does not wait for", async () => {
  const world = buildWorld([], immediately);
  await leave(world, "old");
  await request(world, { execution: "other", redriveCount: 0 }, tokens(), { key: checkKey });
  await leave(world, "old");
  for (const build of world.underWay()) world.end(build, true);
  await leave(world, "other");
  expect(statuses(world)).toEqual(["SUCCEEDED"]);
});

test("a request during the departure of another waiter gets its result, and one build runs", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, oldIsWaiting) => {
      const world = buildWorld([], (call) => scheduler.schedule(Promise.resolve(), call));
      const newToken = tokens();
      const requestFor = (execution: string) =>
        request(world, { execution, redriveCount: 0 }, newToken, { key: checkKey, attempts: 9 });
      // The older execution may not have requested its build yet when it leaves.
      const older = requestFor("old");
      if (oldIsWaiting) await scheduler.waitFor(older);
      const [, newer] = await scheduler.waitFor(Promise.all([leave(world, "old"), requestFor("new"), older]));
      expect(world.underWay()).toHaveLength(1);
      for (const build of world.underWay()) world.end(build, true);
      await scheduler.waitFor(Promise.all(world.builds.map(({ id }) => deliver(world, id, 1))));
      expect(world.answers.get(newer)).toBe("succeeded");
    }),
    { numRuns: 300 },
  );
});

test("an abandoned build that succeeded is reused", async () => {
  const world = buildWorld([], immediately);
  const newToken = tokens();
  await request(world, { execution: "one", redriveCount: 0 }, newToken, { key: checkKey });
  for (const build of world.underWay()) world.end(build, true);
  await leave(world, "one");
  const token = await request(world, { execution: "one", redriveCount: 1 }, newToken, { key: checkKey });
  expect(statuses(world)).toEqual(["SUCCEEDED"]);
  expect(world.answers.get(token)).toBe("succeeded");
});

test("the event of an abandoned build that succeeded records the success", async () => {
  const world = buildWorld([], immediately);
  await request(world, { execution: "one", redriveCount: 0 }, tokens(), { key: checkKey });
  const [build] = world.underWay();
  if (build === undefined) throw new Error("no build was started");
  world.end(build, true);
  await leave(world, "one");
  await deliver(world, build.id, 1);
  expect(await world.ports.ledger.build(checkKey)).toMatchObject({ status: "succeeded" });
  expect(await world.ports.ledger.build(checkKey)).not.toHaveProperty("failure");
});

test("an abandoned build that still runs is stopped before another one starts", async () => {
  const world = buildWorld([], immediately);
  const newToken = tokens();
  await request(world, { execution: "one", redriveCount: 0 }, newToken, { key: checkKey });
  const builds = { ...world.ports.builds, stop: () => Promise.reject(new Error("CodeBuild is out")) };
  await expect(leave({ ...world, ports: { ...world.ports, builds } }, "one")).rejects.toThrow("CodeBuild is out");
  await request(world, { execution: "one", redriveCount: 1 }, newToken, { key: checkKey });
  expect(statuses(world)).toEqual(["STOPPED", "IN_PROGRESS"]);
  expect(world.mostUnderWay()).toBe(1);
});
