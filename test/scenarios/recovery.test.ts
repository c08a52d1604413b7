import { recoveryName } from "@lockmaster/core/lib/names.ts";
import type { ScenarioInput } from "@lockmaster/local-aws";
import { describe, expect, test } from "vitest";
import { expectRecovered, waitForRecovery } from "./recovery.fixture.ts";
import { onEveryService, commits, openScenario, statesOf, type Release, type Shop } from "./shop.fixture.ts";

const stopAt = (state: string, occurrence = 1) => ({ kind: "stop", state, occurrence }) as const;
const crashing: ScenarioInput["tasks"] = [
  { service: "backend", commit: "b", fate: { kind: "crash", afterSeconds: 3, exitCode: 1, log: ["Error"] } },
];

describe("an execution that is stopped", () => {
  test.each([
    "Plan",
    "Can the release begin?",
    "Build images",
    "Build image",
    "Is it a check or superseded?",
    "Judge images",
    "Check image",
    "Check scan",
    "Wait for the scan",
    "Is the release superseded?",
    "Acquire lock",
    "Is the lock held?",
    "Snapshot services",
  ])("at %s has changed nothing, and everything is closed", async (state) => {
    const shop = await openScenario({ faults: [stopAt(state)] });
    const release = await shop.startRelease(commits.good);
    const execution = await shop.waitForEnd(release);
    expect(execution.status).toBe("ABORTED");
    await waitForRecovery(shop);

    const releases = await expectRecovered(shop);
    expect(releases.every(({ status }) => status === "failed")).toBe(true);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    const again = await shop.redrive(release);
    expect(again.status).toBe("SUCCEEDED");
    expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
  });
});

const midway = [
  "Are the services stable?",
  "Deploy services",
  "Deploy service",
  "Is every service deployed?",
  "Check health",
  "Is the release healthy?",
  "Wait for the rollout",
];
const backwards = [
  "Roll back services",
  "Roll back service",
  "Is the lock still held?",
  "Check rollback health",
  "Is the rollback healthy?",
  "Wait for the rollback",
  "Finish failed release",
];

describe("an execution that is stopped after its first change", () => {
  test.each(midway)("at %s leaves an environment that is brought back, and can be redriven", async (state) => {
    const shop = await openScenario({ faults: [stopAt(state)] });
    const release = await shop.startRelease(commits.good);
    expect((await shop.waitForEnd(release)).status).toBe("ABORTED");
    await waitForRecovery(shop);

    const [recovery, released, ...more] = await expectRecovered(shop);
    expect(more).toEqual([]);
    expect(recovery).toMatchObject({ kind: "rollback", status: "unproven" });
    expect(recovery?.recovers).toEqual({ executionArn: release.executionArn, redriveCount: 0 });
    expect(released).toMatchObject({ id: release.name, status: "failed", failure: { error: "Scenario" } });
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));

    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    await waitForRecovery(shop);
    await expectRecovered(shop);
    expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
    expect(await shop.builds()).toHaveLength(2);
  });

  test.each(backwards)("on its way back, at %s, is brought back", async (state) => {
    const shop = await openScenario({ tasks: crashing, faults: [stopAt(state)] });
    const release = await shop.startRelease(commits.bad);
    expect((await shop.waitForEnd(release)).status).toBe("ABORTED");
    await waitForRecovery(shop);

    await expectRecovered(shop);
    expect(["failed", "rolled-back"]).toContain((await shop.record(release)).status);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
  });

  test("at Finish release ends as the new release or as before, and the record says which", async () => {
    const shop = await openScenario({ faults: [stopAt("Finish release")] });
    const release = await shop.startRelease(commits.good);
    await shop.waitForEnd(release);
    await waitForRecovery(shop);

    await expectRecovered(shop);
    const { status } = await shop.record(release);
    expect(await shop.runningCommits()).toEqual(onEveryService(status === "succeeded" ? commits.good : commits.first));
  });

  test.each(["Plan", "Acquire lock", "Wait for timed-out functions", ...backwards.slice(0, -1), "Finish rollback"])(
    "is brought back even when its settlement is stopped at %s",
    async (state) => {
      const occurrence = ["Plan", "Acquire lock"].includes(state) ? 2 : 1;
      const shop = await openScenario({ faults: [stopAt("Check health"), stopAt(state, occurrence)] });
      const release = await shop.startRelease(commits.good);
      await shop.waitForEnd(release);
      await waitForRecovery(shop);
      await waitForRecovery(shop);

      const releases = await expectRecovered(shop);
      // A conclusion whose function runs on is one.
      const recoveries = releases.filter(({ kind }) => kind === "rollback").length;
      expect(recoveries).toBeGreaterThan(state === "Finish rollback" ? 0 : 1);
      expect(await shop.record(release)).toMatchObject({ status: "failed" });
      expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    },
  );
});

/** The first settlement of a release that ended midway. */
function recoveryOf(shop: Shop, { executionArn }: Release): Release {
  const name = recoveryName(executionArn, 0, 1);
  const machine = shop.rehearsal.installation.stateMachineArn;
  return { name, executionArn: `${machine.replace(":stateMachine:", ":execution:")}:${name}` };
}

describe("an execution that is redriven", () => {
  test("before it was settled goes on where it stood", async () => {
    const shop = await openScenario({ faults: [stopAt("Check health")] });
    const release = await shop.startRelease(commits.good);
    await shop.waitForEnd(release);
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    await waitForRecovery(shop);

    expect(await expectRecovered(shop)).toMatchObject([{ id: release.name, status: "succeeded" }]);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
  });

  test("while it is being settled waits for its turn, and is tried again", async () => {
    const shop = await openScenario({ faults: [stopAt("Check health")] });
    const release = await shop.startRelease(commits.good);
    await shop.waitForEnd(release);
    await shop.clock.advance(3_000);
    const recovery = recoveryOf(shop, release);
    await shop.waitForState(recovery, "Roll back services");
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    await waitForRecovery(shop);

    await expectRecovered(shop);
    expect(shop.execution(recovery).status).toBe("SUCCEEDED");
    expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
  });

  test("before its settlement has the lock keeps it, and the settlement turns out to be superfluous", async () => {
    const shop = await openScenario({ faults: [stopAt("Check health")] });
    const release = await shop.startRelease(commits.good);
    await shop.waitForEnd(release);
    const recovery = recoveryOf(shop, release);
    await shop.clock.runUntil(() => hasStarted(shop, recovery));
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    await waitForRecovery(shop);

    await expectRecovered(shop);
    expect(statesOf(shop.execution(recovery)).at(-1)).toBe("Superseded");
    expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
  });
});

function hasStarted(shop: Shop, release: Release): boolean {
  try {
    return shop.execution(release).history.length > 0;
  } catch {
    return false;
  }
}

test("what a settlement brings back is what later releases and promotions build on", async () => {
  const shop = await openScenario();
  const { release: proven } = await shop.release(commits.good);
  const release = await shop.startRelease(commits.better);
  await shop.waitForState(release, "Wait for the rollout");
  await shop.stop(release);
  await waitForRecovery(shop);

  const [recovery] = await expectRecovered(shop);
  const { images, services } = await shop.record(proven);
  expect(recovery).toMatchObject({
    kind: "rollback",
    status: "succeeded",
    sha: commits.good,
    rollsBackTo: proven.name,
    images,
    services,
  });
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
  const { execution } = await shop.promote("v1.0.0", commits.good);
  expect(execution.status).toBe("SUCCEEDED");
});

test("a build that others wait for goes on when one of them is stopped", async () => {
  const shop = await openScenario();
  const first = await shop.startRelease(commits.good);
  await shop.waitForState(first, "Build image");
  await shop.clock.advance(5_000);
  const again = await shop.startExecution("again", shop.execution(first).input);
  await shop.waitForState(again, "Build image");
  await shop.clock.advance(5_000);
  await shop.stop(first);
  expect((await shop.waitForEnd(again)).status).toBe("SUCCEEDED");
  await waitForRecovery(shop);

  await expectRecovered(shop);
  expect(await shop.builds()).toHaveLength(2);
});

test("a first deployment that is stopped midway is scaled to zero, as after one that failed", async () => {
  const shop = await openScenario(
    { tasks: [{ service: "backend", commit: "0", fate: { kind: "unhealthy" } }] },
    { open: false },
  );
  const release = await shop.startRelease(commits.good);
  await shop.waitForState(release, "Check health");
  await shop.stop(release);
  await waitForRecovery(shop);

  await expectRecovered(shop);
  expect(await shop.describeService("backend")).toMatchObject({ desiredCount: 0, runningCount: 0 });
});
