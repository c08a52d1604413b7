import * as fc from "fast-check";
import { expect, test } from "vitest";
import { RetryableError } from "../lib/errors.ts";
import { ask, buildWorld, checkKey, deliver, type World } from "./build-world.fixture.ts";
import { abandonBuild } from "./abandon-build.ts";

const immediately = () => Promise.resolve();

function tokens(): () => string {
  let count = 0;
  return () => `token-${(count += 1)}`;
}

/** As the plan of a newer check leaves: again after a RetryableError. */
async function leave({ ports }: World, execution: string, keep = false): Promise<void> {
  for (let attempt = 0; attempt < 9; attempt += 1) {
    try {
      await abandonBuild(ports, checkKey, {
        execution,
        code: "CHECK_SUPERSEDED",
        reason: "superseded",
        keep,
        projectPrefix: "lockmaster-",
      });
      return;
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
    }
  }
  throw new Error("it never got through");
}

const statuses = (world: World) => world.builds.map(({ status }) => status);

test("a build that nobody else waits for is stopped, once more too", async () => {
  const world = buildWorld([], immediately);
  await ask(world, { execution: "old", redriveCount: 0 }, tokens(), { key: checkKey });
  await leave(world, "old");
  await leave(world, "old");
  expect(statuses(world)).toEqual(["STOPPED"]);
});

test("a build whose start was never confirmed is found and stopped", async () => {
  const world = buildWorld(["after"], immediately);
  await ask(world, { execution: "old", redriveCount: 0 }, tokens(), { key: checkKey });
  expect(await world.ports.ledger.build(checkKey)).toMatchObject({ status: "starting" });
  await leave(world, "old");
  expect(statuses(world)).toEqual(["STOPPED"]);
});

test("a build that others wait for goes on, and so does one that is to be kept", async () => {
  const world = buildWorld([], immediately);
  const newToken = tokens();
  await ask(world, { execution: "old", redriveCount: 0 }, newToken, { key: checkKey });
  await ask(world, { execution: "other", redriveCount: 0 }, newToken, { key: checkKey });
  await leave(world, "old");
  await leave(world, "other", true);
  expect(statuses(world)).toEqual(["IN_PROGRESS"]);
});

test("leaving a build that has ended, or that the execution never waited for, changes nothing", async () => {
  const world = buildWorld([], immediately);
  await leave(world, "old");
  await ask(world, { execution: "other", redriveCount: 0 }, tokens(), { key: checkKey });
  await leave(world, "old");
  for (const build of world.underWay()) world.end(build, true);
  await leave(world, "other");
  expect(statuses(world)).toEqual(["SUCCEEDED"]);
});

test("who comes while somebody leaves has its tests run to the end, and no build is left behind", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, oldIsWaiting) => {
      const world = buildWorld([], (call) => scheduler.schedule(Promise.resolve(), call));
      const newToken = tokens();
      const askFor = (execution: string) =>
        ask(world, { execution, redriveCount: 0 }, newToken, { key: checkKey, patience: 9 });
      // The older execution may still be on its way to its build when it is told to leave.
      const older = askFor("old");
      if (oldIsWaiting) await scheduler.waitFor(older);
      const [, newer] = await scheduler.waitFor(Promise.all([leave(world, "old"), askFor("new"), older]));
      expect(world.underWay()).toHaveLength(1);
      for (const build of world.underWay()) world.end(build, true);
      await scheduler.waitFor(Promise.all(world.builds.map(({ id }) => deliver(world, id, 1))));
      expect(world.answers.get(newer)).toBe("succeeded");
    }),
    { numRuns: 300 },
  );
});

test("a build that was given up and succeeded all the same is not built again", async () => {
  const world = buildWorld([], immediately);
  const newToken = tokens();
  await ask(world, { execution: "one", redriveCount: 0 }, newToken, { key: checkKey });
  for (const build of world.underWay()) world.end(build, true);
  await leave(world, "one");
  const token = await ask(world, { execution: "one", redriveCount: 1 }, newToken, { key: checkKey });
  expect(statuses(world)).toEqual(["SUCCEEDED"]);
  expect(world.answers.get(token)).toBe("succeeded");
});

test("the event of a build that was given up and succeeded all the same is enough", async () => {
  const world = buildWorld([], immediately);
  await ask(world, { execution: "one", redriveCount: 0 }, tokens(), { key: checkKey });
  const [build] = world.underWay();
  if (build === undefined) throw new Error("nothing is built");
  world.end(build, true);
  await leave(world, "one");
  await deliver(world, build.id, 1);
  expect(await world.ports.ledger.build(checkKey)).toMatchObject({ status: "succeeded" });
  expect(await world.ports.ledger.build(checkKey)).not.toHaveProperty("failure");
});

test("a build that was given up and runs on is stopped before another one begins", async () => {
  const world = buildWorld([], immediately);
  const newToken = tokens();
  await ask(world, { execution: "one", redriveCount: 0 }, newToken, { key: checkKey });
  const builds = { ...world.ports.builds, stop: () => Promise.reject(new Error("CodeBuild is out")) };
  await expect(leave({ ...world, ports: { ...world.ports, builds } }, "one")).rejects.toThrow("CodeBuild is out");
  await ask(world, { execution: "one", redriveCount: 1 }, newToken, { key: checkKey });
  expect(statuses(world)).toEqual(["STOPPED", "IN_PROGRESS"]);
  expect(world.mostUnderWay()).toBe(1);
});
