import * as fc from "fast-check";
import { expect, test } from "vitest";
import { actor, lockWorld, type Actor, type Fate } from "./lock-world.fixture.ts";
import { isLater } from "./ticket.ts";

const someFate = fc.constantFrom<Fate>(
  "finishes",
  "finishes",
  "fails early",
  "aborted clean",
  "aborted late",
  "aborted dirty",
);
/** Minutes of the claimed time: before the execution's start at ten o'clock, or far after it. */
const someMinute = fc.oneof(fc.nat(4), fc.constantFrom(90, 200 * 365 * 24 * 60));
const someReleases = fc.array(fc.record({ minute: someMinute, fate: someFate, isAwaited: fc.boolean() }), {
  minLength: 1,
  maxLength: 5,
});
const someWakings = fc.array(fc.boolean(), { maxLength: 6 });

type Given = { minute: number; fate: Fate; isAwaited: boolean };

const release = ({ minute, fate, isAwaited }: Given, index: number, environment = "staging"): Actor =>
  actor(`${environment}-${index}`, new Date(nine + minute * 60_000).toISOString(), fate, { environment, isAwaited });

const nine = Date.parse("2026-11-20T09:00:00Z");

/** The recovery of an execution that ended midway. */
const recoveryOf = ({ record }: Actor): Actor =>
  actor(`recover-${record.id}`, record.requestedAt, "finishes", {
    environment: record.environment,
    recovers: { executionArn: record.executionArn, redriveCount: 0 },
  });

/** All releases plan and request the lock at once; after each heartbeat those that wait request it again. */
async function play(
  scheduler: fc.Scheduler,
  world: ReturnType<typeof lockWorld>,
  releases: readonly Actor[],
  mustEnd: (one: Actor) => boolean = () => true,
): Promise<void> {
  for (const one of releases) world.add(one);
  const actors = [...releases];
  await scheduler.waitFor(
    Promise.all(
      actors.map(async (one) => {
        await world.plan(one);
        if (one.state === "waits") await world.request(one);
      }),
    ),
  );
  for (let round = 0; round < 40 && actors.some((one) => one.state === "waits" && mustEnd(one)); round += 1) {
    world.pass(40);
    const midway = actors.filter(({ state, record }) => {
      const { holder, dirty } = world.lock(record);
      return state === "aborted" && dirty && holder?.executionArn === record.executionArn;
    });
    for (const one of midway) {
      const recovery = recoveryOf(one);
      if (actors.some(({ record }) => record.id === recovery.record.id)) continue;
      world.add(recovery);
      actors.push(recovery);
    }
    const waiting = actors.filter(({ state }) => state === "waits");
    await scheduler.waitFor(Promise.all(waiting.map((one) => world.request(one))));
  }
  expect(actors.filter((one) => one.state === "waits" && mustEnd(one)).map(({ record }) => record.id)).toEqual([]);
}

test("one release at a time changes an environment, epochs only grow, and every release gets the lock or is superseded by one that has not failed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), someReleases, someWakings, async (scheduler, given, wakings) => {
      const world = lockWorld((call) => scheduler.schedule(Promise.resolve(), call), [...wakings]);
      const releases = given.map((one, index) => release(one, index));

      await play(scheduler, world, releases);

      expect(world.violations).toEqual([]);
      expect(world.lock({ repository: "acme/shop", environment: "staging" }).waiters).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

test("an older release never changes an environment after a newer one that has succeeded", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), someReleases, async (scheduler, given) => {
      const world = lockWorld((call) => scheduler.schedule(Promise.resolve(), call));
      await play(
        scheduler,
        world,
        given.map((one, index) => release(one, index)),
      );

      const changes = world.changes.filter(({ record }) => record.kind === "deploy");
      for (const [index, one] of changes.entries()) {
        if (one.fate !== "finishes") continue;
        for (const later of changes.slice(index + 1))
          expect(isLater(world.ticket(one), world.ticket(later))).toBe(false);
      }
    }),
    { numRuns: 200 },
  );
});

test("without failures no waiter needs its heartbeat: each is woken", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), someReleases, async (scheduler, given) => {
      const world = lockWorld((call) => scheduler.schedule(Promise.resolve(), call));
      const releases = given.map((one, index) => release({ ...one, fate: "finishes" }, index));
      for (const one of releases) world.add(one);
      const waiting = () => releases.filter((one) => one.state === "waits");
      await scheduler.waitFor(Promise.all(releases.map((one) => world.plan(one))));
      for (let round = 0; round < 40 && waiting().length > 0; round += 1) {
        await scheduler.waitFor(Promise.all(waiting().filter(world.isAwake).map(world.request)));
      }
      expect(waiting()).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test("the newest release is never superseded", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), someReleases, someWakings, async (scheduler, given, wakings) => {
      const world = lockWorld((call) => scheduler.schedule(Promise.resolve(), call), [...wakings]);
      const releases = given.map((one, index) => release(one, index));
      await play(scheduler, world, releases);

      const [newest] = releases.toSorted((one, other) => (isLater(world.ticket(one), world.ticket(other)) ? -1 : 1));
      expect(newest?.state).not.toBe("superseded");
    }),
    { numRuns: 200 },
  );
});

test("a release whose commit a promotion waits for is superseded only by one that got the lock before", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), someReleases, async (scheduler, given) => {
      const world = lockWorld((call) => scheduler.schedule(Promise.resolve(), call));
      const releases = given.map((one, index) => release({ ...one, fate: "finishes" }, index));
      await play(scheduler, world, releases);

      const held = world.changes.map(world.ticket);
      for (const one of releases.filter(({ isAwaited, state }) => isAwaited && state === "superseded"))
        expect(held.some((ticket) => isLater(ticket, world.ticket(one)))).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("no release waits for another environment, whatever happens there", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), someReleases, someReleases, async (scheduler, here, there) => {
      const world = lockWorld((call) => scheduler.schedule(Promise.resolve(), call));
      const stuck = there.map((one, index) => release({ ...one, fate: "never ends" }, index, "production"));
      const releases = here.map((one, index) => release(one, index));

      await play(scheduler, world, [...stuck, ...releases], ({ record }) => record.environment === "staging");

      expect(releases.filter(({ state }) => state === "waits")).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
