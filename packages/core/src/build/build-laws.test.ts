import * as fc from "fast-check";
import { expect, test } from "vitest";
import { buildWorld, deliver, releaseKey, request, type Fault } from "./build-world.fixture.ts";
import { finishBuild } from "./finish-build.ts";

const someWaiters = fc.uniqueArray(
  fc.record({ execution: fc.constantFrom("one", "two", "three"), redriveCount: fc.constant(0) }),
  { selector: ({ execution }) => execution, minLength: 1 },
);
const someFaults = fc.array(fc.constantFrom<Fault>("none", "before", "after", "full", "full"), { maxLength: 6 });

test("never runs two builds of one image at once, and answers every waiter", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      someWaiters,
      someFaults,
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.record({ succeeds: fc.boolean(), deliveries: fc.nat(2) }), { maxLength: 4 }),
      async (scheduler, waiters, faults, attempts, ends) => {
        const world = buildWorld([...faults], (call) => scheduler.schedule(Promise.resolve(), call));
        let tokens = 0;
        const newToken = () => `token-${(tokens += 1)}`;
        const endings = [...ends];

        const endBuilds = () =>
          world.underWay().map(async (build) => {
            const { succeeds, deliveries } = endings.shift() ?? { succeeds: true, deliveries: 0 };
            world.end(build, succeeds);
            await deliver(world, build.id, deliveries);
          });

        // Every waiter requests at once, while builds end; after each heartbeat those without an answer request again.
        let waiting = new Map(waiters.map((waiter) => [waiter, ""]));
        for (let round = 0; round < 20 && waiting.size > 0; round += 1) {
          const requested = [...waiting.keys()].map(
            async (waiter) => [waiter, await request(world, waiter, newToken, { attempts })] as const,
          );
          const ended = endBuilds();
          await scheduler.waitFor(Promise.all([...requested, ...ended]));
          await scheduler.waitFor(Promise.all(endBuilds()));
          world.forgetIdempotencyTokens();
          const tokensNow = await Promise.all(requested);
          waiting = new Map(tokensNow.filter(([, token]) => !world.answers.has(token)));
        }

        expect(waiting.size).toBe(0);
        expect(world.stored()?.waitsForSlotSince).toBeUndefined();
        expect(world.mostUnderWay()).toBeLessThanOrEqual(1);
        expect(world.builds.length).toBeLessThanOrEqual(
          1 + world.builds.filter(({ status }) => status === "FAILED").length,
        );
      },
    ),
    { numRuns: 300 },
  );
});

test("builds an image once for all releases of a commit while the registry holds it", async () => {
  const world = buildWorld([], () => Promise.resolve());
  let tokens = 0;
  const newToken = () => `token-${(tokens += 1)}`;

  await request(world, { execution: "one", redriveCount: 0 }, newToken);
  for (const build of world.underWay()) world.end(build, true);
  const reused = await request(world, { execution: "two", redriveCount: 0 }, newToken);
  const again = await request(world, { execution: "two", redriveCount: 1 }, newToken);
  expect(world.builds).toHaveLength(1);
  expect([world.answers.get(reused), world.answers.get(again)]).toEqual(["succeeded", "succeeded"]);

  world.held.clear();
  await request(world, { execution: "three", redriveCount: 0 }, newToken);
  expect(world.builds).toHaveLength(2);
});

test("a new waiter of a failed build gets another attempt, an earlier waiter gets the failure", async () => {
  const world = buildWorld([], () => Promise.resolve());
  let tokens = 0;
  const newToken = () => `token-${(tokens += 1)}`;

  const first = await request(world, { execution: "one", redriveCount: 0 }, newToken);
  for (const build of world.underWay()) world.end(build, false);
  const second = await request(world, { execution: "two", redriveCount: 0 }, newToken);

  expect(world.answers.get(first)).toBe("failed");
  expect(world.answers.has(second)).toBe(false);
  expect(world.underWay()).toHaveLength(1);
});

test.each([
  { name: "CodeBuild does not know", environment: undefined },
  { name: "does not carry Lockmaster's variables", environment: {} },
  { name: "has no record in the ledger", environment: { LOCKMASTER_ATTEMPT: "1" } },
])("ignores a build that $name", async ({ environment }) => {
  const world = buildWorld([], () => Promise.resolve());
  const mine = { LOCKMASTER_REPOSITORY: "acme/shop", LOCKMASTER_IMAGE: "backend", LOCKMASTER_SHA: releaseKey.sha };
  if (environment !== undefined) {
    const whole = "LOCKMASTER_ATTEMPT" in environment ? { ...mine, LOCKMASTER_REPOSITORY_URI: "uri" } : {};
    world.builds.push({
      id: "x:1",
      project: "x",
      status: "SUCCEEDED",
      environment: { ...whole, ...environment },
      exported: {},
    });
  }

  expect(await finishBuild(world.ports, "x:1")).toMatchObject({ state: "ignored" });
});
