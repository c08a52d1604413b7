import type { ScenarioInput } from "@lockmaster/local-aws";
import { expect, test } from "vitest";
import { expectRecovered, waitForRecovery } from "./recovery.fixture.ts";
import { commits, onEveryService, openScenario, type Shop } from "./shop.fixture.ts";

const { first, good, better } = commits;

type Faults = NonNullable<ScenarioInput["faults"]>;

/** UpdateService takes effect this much later: every attempt of one call, or of every call. */
const late = (seconds: number, occurrence: number | "every" = 1) =>
  ({
    kind: "late",
    function: "deploy-service",
    operation: "UpdateService",
    occurrence,
    strength: "exhausted",
    seconds,
  }) as const;

const openWith = (...faults: Faults): Promise<Shop> => openScenario({ faults });

/** Everything runs one commit, and so it does after every call has landed; then the next release succeeds. */
async function expectOneCommit(shop: Shop, commit: string): Promise<void> {
  await waitForRecovery(shop);
  await expectRecovered(shop);
  expect(await shop.runningCommits()).toEqual(onEveryService(commit));
  await shop.clock.advance(10 * 60_000);
  expect(await shop.runningCommits()).toEqual(onEveryService(commit));
  const { execution } = await shop.release(better);
  expect(execution.status).toBe("SUCCEEDED");
  expect(await shop.runningCommits()).toEqual(onEveryService(better));
}

test.each([
  [10, 1],
  [45, 2],
  [120, "every"],
] as const)(
  "UpdateService that lands %i s late (call %s), after stop and recovery, leaves no mixture",
  async (seconds, call) => {
    const shop = await openWith(late(seconds, call), { kind: "stop", state: "Deploy service", seconds: 1 });
    const release = await shop.startRelease(good);
    await shop.waitForEnd(release);
    expect(shop.execution(release).status).toBe("ABORTED");
    await expectOneCommit(shop, first);
  },
);

test("the lock stays held until two minutes after the last possible call, so that no release begins before", async () => {
  const shop = await openWith(late(120), { kind: "stop", state: "Deploy service", seconds: 1 });
  const release = await shop.startRelease(good);
  await shop.waitForEnd(release);
  const stoppedAt = shop.execution(release).stoppedAt ?? 0;
  const next = await shop.startRelease(better);
  await shop.waitForState(next, "Snapshot services");
  expect(shop.clock.now() - stoppedAt).toBeGreaterThanOrEqual(150_000);
  await shop.waitForEnd(next);
  expect(await shop.record(next)).toMatchObject({ status: "succeeded" });
  await shop.clock.advance(10 * 60_000);
  expect(await shop.runningCommits()).toEqual(onEveryService(better));
});

test.each([45, 120])(
  "UpdateService that lands %i s late, after the release gave up, leaves no mixture",
  async (seconds) => {
    const shop = await openWith({ ...late(seconds, "every"), strength: "outage", outageSeconds: 900 });
    const release = await shop.startRelease(good);
    await shop.waitForEnd(release);
    const { status } = await shop.record(release);
    expect(["succeeded", "rolled-back"]).toContain(status);
    await expectOneCommit(shop, status === "succeeded" ? good : first);
  },
);

test.each([45, 120])(
  "a repeated UpdateService whose first attempt lands %i s late does not undo the rollback of a crash",
  async (seconds) => {
    const fate = { kind: "crash" as const, afterSeconds: 3, exitCode: 1, log: ["Error: no database"] };
    const shop = await openScenario({
      faults: [{ ...late(seconds), strength: "once" }],
      tasks: [{ service: "backend", commit: "a", times: 99, fate }],
    });
    const { release } = await shop.release(good);
    expect(await shop.record(release)).toMatchObject({ status: "rolled-back" });
    expect(await shop.runningCommits()).toEqual(onEveryService(first));
    await shop.clock.advance(10 * 60_000);
    expect(await shop.runningCommits()).toEqual(onEveryService(first));
  },
);

test.each([120])(
  "a repeated UpdateService whose first attempt lands %i s late does not undo the next release",
  async (seconds) => {
    const shop = await openScenario({ faults: [{ ...late(seconds), strength: "once" }] });
    const release = await shop.startRelease(good);
    await shop.waitForState(release, "Check health");
    const next = await shop.startRelease(better);
    await shop.waitForEnd(release);
    await shop.waitForEnd(next);
    expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
    expect(await shop.record(next)).toMatchObject({ status: "succeeded" });
    await shop.clock.advance(10 * 60_000);
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  },
);
