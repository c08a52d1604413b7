import * as fc from "fast-check";
import { expect, test } from "vitest";
import { executionArn, recoveryWorld, type Progress } from "./recovery-world.fixture.ts";

const immediately = () => Promise.resolve();
const everyProgress = fc.constantFrom<Progress[]>("builds", "waits", "holds", "changes");

test("any number of concurrent recoveries and a late function end in the same state, and another recovery changes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      everyProgress,
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
      async (scheduler, progress, recoverers, finishesLate) => {
        const { state, recover, finishLate } = recoveryWorld(progress, (call) =>
          scheduler.schedule(immediately(), call),
        );
        const late = finishesLate && progress !== "builds" && progress !== "waits" ? [finishLate()] : [];
        const all = Promise.all([...late, ...Array.from({ length: recoverers }, recover)]);
        await scheduler.waitFor(all);
        const last = recover();
        await scheduler.waitFor(last);

        expect(state.record.status).not.toBe("open");
        expect(state.record.pending ?? []).toEqual([]);
        expect(state.notified).toBeGreaterThan(0);
        expect(state.lock.waiters).toEqual([]);
        const isMidway = progress === "changes" && state.record.status === "failed";
        expect(state.lock.holder !== undefined).toBe(isMidway);
        expect(state.lock.dirty).toBe(isMidway);
        expect(state.started).toHaveLength(isMidway ? 1 : 0);
        expect(state.entry === undefined).toBe(!isMidway);
        expect([state.stopped[0], state.build?.status]).toEqual(
          progress === "builds" ? ["build:1", "failed"] : [undefined, undefined],
        );

        const before = structuredClone(state);
        const again = Promise.all([recover(), recover()]);
        await scheduler.waitFor(again);
        expect(state).toEqual(before);
      },
    ),
    { numRuns: 300 },
  );
});

test("a redrive gets its lock and stays on the agenda, and a record that recovery closed is reopened", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.constantFrom<Progress[]>("waits", "holds", "changes"),
      fc.integer({ min: 1, max: 2 }),
      async (scheduler, progress, recoverers) => {
        const world = recoveryWorld(progress, (call) => scheduler.schedule(immediately(), call));
        const { state, recover, redrive, requestLock } = world;
        const redriven = redrive().then(requestLock);
        await scheduler.waitFor(Promise.all([redriven, ...Array.from({ length: recoverers }, recover)]));
        const last = recover();
        await scheduler.waitFor(last);

        expect(await redriven).toBe(true);
        expect(state.lock.holder).toMatchObject({ executionArn });
        expect(state.entry).toMatchObject({ redriveCount: 1 });
        // The ledger refuses what the release writes next, and it requests the lock again.
        if (state.record.status !== "open") await scheduler.waitFor(requestLock());
        expect(state.record.status).toBe("open");
        expect(state.lock.holder).toMatchObject({ executionArn, redriveCount: 1 });
      },
    ),
    { numRuns: 300 },
  );
});

test.each([
  ["itself", executionArn],
  ["another one that names itself", `${executionArn}-other`],
])("the recovery of an execution whose input says that it recovers %s comes to an end", async (_, recovered) => {
  let calls = 0;
  const { state, recover } = recoveryWorld("builds", () => {
    calls += 1;
    return calls < 1000 ? immediately() : Promise.reject(new Error("it goes round in a circle"));
  });
  state.record = { ...state.record, recovers: { executionArn: recovered, redriveCount: 0 } };
  expect(await recover()).toBe("recovered");
});
