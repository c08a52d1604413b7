import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { BuildSlots, SlotWaiter } from "../ledger/build-slots.ts";
import { buildWorld, request } from "./build-world.fixture.ts";
import { nextForSlot, wakeForSlots } from "./build-slots.ts";

const now = new Date("2026-11-20T10:30:00Z");

const waiter = (execution: string, image: number, change: Partial<SlotWaiter> = {}): SlotWaiter => ({
  repository: "acme/shop",
  image: `image-${String(image).padStart(2, "0")}`,
  sha: execution.padEnd(40, "0"),
  recipe: "r",
  execution,
  taskToken: `${execution} ${image}`,
  since: new Date(now.getTime() + image * 1000).toISOString(),
  rank: "release",
  ...change,
});

/** The list in the ledger, and tasks of which some no longer wait. */
function slotWorld(waiters: readonly SlotWaiter[], gone: ReadonlySet<string> = new Set()) {
  const named = (one: Pick<SlotWaiter, "image" | "sha">) => `${one.image} ${one.sha}`;
  let slots: BuildSlots = { waiters: Object.fromEntries(waiters.map((one) => [named(one), one])), turns: {} };
  const woken: string[] = [];
  const ports = {
    ledger: {
      buildSlots: () => Promise.resolve(slots),
      waitForSlot: () => Promise.reject(new Error("no build is added")),
      leaveSlots: (
        builds: readonly Pick<SlotWaiter, "image" | "sha">[],
        turns: Readonly<Record<string, string | undefined>> = {},
      ) => {
        const left = new Set(builds.map(named));
        const kept = Object.entries(slots.waiters).filter(([name]) => !left.has(name));
        const all = Object.entries({ ...slots.turns, ...turns });
        const set = all.flatMap(([name, at]) => (at === undefined ? [] : [[name, at] as const]));
        slots = { waiters: Object.fromEntries(kept), turns: Object.fromEntries(set) };
        return Promise.resolve();
      },
    },
    tokens: {
      failTask(token: string) {
        if (!gone.has(token)) woken.push(token);
        return Promise.resolve(!gone.has(token));
      },
    },
  };
  return { ports, woken, slots: () => slots };
}

test("between releases that wait, slots are shared: none gets two more than another that still waits", async () => {
  const counts = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(counts, async (images) => {
      const all = images.flatMap((count, release) =>
        Array.from({ length: count }, (_, image) => waiter(`release-${release}`, image)),
      );
      const { ports, woken, slots } = slotWorld(all);
      const granted = images.map(() => 0);
      for (let round = 0; round < all.length; round += 1) {
        expect(await wakeForSlots(ports, 1, new Date(now.getTime() + round * 1000))).toBe(1);
        const last = all.find(({ taskToken }) => taskToken === woken.at(-1));
        if (last === undefined) throw new Error("an unknown build was woken");
        await ports.ledger.leaveSlots([last]);
        granted[Number(last.execution.slice("release-".length))]! += 1;
        const waiting = new Set(Object.values(slots().waiters).map(({ execution }) => execution));
        const shares = granted.filter((_, release) => waiting.has(`release-${release}`));
        expect(Math.max(0, ...shares) - Math.min(...shares, Infinity)).toBeLessThanOrEqual(1);
      }
      expect(new Set(woken).size).toBe(all.length);
    }),
    { numRuns: 50 },
  );
});

test("an operator's release comes first, and the check of a pull request last", () => {
  const waiting = [waiter("check", 0, { rank: "check" }), waiter("push", 1), waiter("hotfix", 2, { rank: "urgent" })];
  expect(nextForSlot(waiting, new Map([["hotfix", now.toISOString()]]))?.execution).toBe("hotfix");
  expect(nextForSlot(waiting.slice(0, 2), new Map())?.execution).toBe("push");
});

test("builds whose execution no longer waits are removed, and the next one gets the slot", async () => {
  const { ports, woken, slots } = slotWorld([waiter("dead", 0), waiter("alive", 1)], new Set(["dead 0"]));
  expect(await wakeForSlots(ports, 1, now)).toBe(1);
  expect(woken).toEqual(["alive 1"]);
  expect(Object.values(slots().waiters).map(({ execution }) => execution)).toEqual(["alive"]);
});

test("a build that CodeBuild cannot queue waits in the ledger, and leaves the list when it is started", async () => {
  const world = buildWorld(["full", "full", "none"], () => Promise.resolve());
  let tokens = 0;
  const newToken = () => `token-${(tokens += 1)}`;
  const mine = { execution: "one", redriveCount: 0 };

  const first = await request(world, mine, newToken);
  expect(world.builds).toHaveLength(0);
  expect(world.stored()).toMatchObject({ status: "starting", waitsForSlotSince: expect.any(String) });
  expect([...world.slots.values()]).toMatchObject([{ execution: "one", taskToken: first, rank: "release" }]);

  await wakeForSlots(world.ports, 1, now);
  expect(world.answers.get(first)).toBe("failed");
  await request(world, mine, newToken);
  expect(world.underWay()).toHaveLength(1);
  expect(world.stored()).toMatchObject({ status: "running" });
  expect(world.stored()).not.toHaveProperty("waitsForSlotSince");
  expect(world.slots.size).toBe(0);
});

test("a slot that became free before the build was in the list is found at once", async () => {
  const world = buildWorld(["full", "none"], () => Promise.resolve());
  await request(world, { execution: "one", redriveCount: 0 }, () => "token");
  expect(world.underWay()).toHaveLength(1);
  expect(world.slots.size).toBe(0);
});
