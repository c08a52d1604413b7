import { recoveryName } from "@lockmaster/core/lib/names.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectRecovered, waitForRecovery } from "./recovery.fixture.ts";
import { commits, onEveryService, openScenario, openShop, statesOf, type Release, type Shop } from "./shop.fixture.ts";

// Only states in which time passes: an execution leaves the others at once, so that a stop there is a stop in the next state.
const beforeFirstChange = [
  "Plan",
  "Build image",
  "Check image",
  "Check scan",
  "Wait for the scan",
  "Acquire lock",
  "Snapshot services",
];
const afterFirstChange = ["Deploy service", "Check health", "Wait for the rollout"];
const duringRollback = ["Roll back service", "Check rollback health", "Wait for the rollback"];
const duringRecovery = ["Plan", "Acquire lock", "Wait for timed-out functions", ...duringRollback, "Finish rollback"];

/** Rows of a table, each with a commit of its own. @param letter the commits begin with it */
const withCommits = (letter: string, states: readonly string[]) =>
  states.map((state, index) => ({ state, sha: `${letter}${index}`.repeat(20) }));

/** The first recovery of a release that was never redriven. */
function recoveryOf(shop: Shop, { executionArn }: Release): Release {
  const name = recoveryName(executionArn, 0, 1);
  const machine = shop.rehearsal.installation.stateMachineArn;
  return { name, executionArn: `${machine.replace(":stateMachine:", ":execution:")}:${name}` };
}

describe("a release that is stopped", () => {
  /** All rows share one shop: each starts where the one before it has left every service. */
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop({
      // Plan is entered before the webhook has answered, too early for `stopAt`.
      faults: [{ kind: "stop", state: "Plan" }],
      tasks: [
        { service: "backend", commit: "b", fate: { kind: "crash", afterSeconds: 3, exitCode: 1, log: ["Error"] } },
      ],
    });
  });
  afterAll(() => shop.close());

  /** Starts a release, and waits until it is stopped and recovered. */
  async function releaseStopped(sha: string, state: string): Promise<Release> {
    const release = await shop.startRelease(sha);
    if (state !== "Plan") shop.stopAt(release, state);
    expect((await shop.waitForEnd(release)).status).toBe("ABORTED");
    await waitForRecovery(shop);
    return release;
  }

  test.each(withCommits("a", beforeFirstChange))(
    "at $state, before its first change, is closed as failed, and can be redriven",
    async ({ state, sha }) => {
      const before = await shop.runningCommits();
      const release = await releaseStopped(sha, state);

      expect((await expectRecovered(shop))[0]).toMatchObject({ id: release.name, status: "failed" });
      expect(await shop.runningCommits()).toEqual(before);

      expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
      expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
      expect(await shop.runningCommits()).toEqual(onEveryService(sha));
    },
  );

  test.each(withCommits("c", afterFirstChange))(
    "at $state, after its first change, is rolled back, and can be redriven",
    async ({ state, sha }) => {
      const [before, built] = [await shop.runningCommits(), await shop.builds()];
      const release = await releaseStopped(sha, state);

      const [recovery, released] = await expectRecovered(shop);
      expect(recovery).toMatchObject({ kind: "rollback", status: "succeeded" });
      expect(recovery?.recovers).toEqual({ executionArn: release.executionArn, redriveCount: 0 });
      expect(released).toMatchObject({ id: release.name, status: "failed", failure: { error: "Operator" } });
      expect(await shop.runningCommits()).toEqual(before);

      expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
      await waitForRecovery(shop);
      await expectRecovered(shop);
      expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
      expect(await shop.runningCommits()).toEqual(onEveryService(sha));
      expect(await shop.builds()).toHaveLength(built.length + 2);
    },
  );

  test.each(withCommits("b", [...duringRollback, "Finish failed release"]))(
    "at $state, during its rollback, is rolled back",
    async ({ state, sha }) => {
      const before = await shop.runningCommits();
      const release = await releaseStopped(sha, state);

      await expectRecovered(shop);
      expect(["failed", "rolled-back"]).toContain((await shop.record(release)).status);
      expect(await shop.runningCommits()).toEqual(before);
    },
  );

  test.each(withCommits("d", duringRecovery))(
    "is rolled back although its recovery is stopped, too, at $state",
    async ({ state, sha }) => {
      const before = await shop.runningCommits();
      const release = await shop.startRelease(sha);
      shop.stopAt(release, "Check health");
      shop.stopAt(recoveryOf(shop, release), state);
      await shop.waitForEnd(release);
      await waitForRecovery(shop);
      await waitForRecovery(shop);

      const releases = await expectRecovered(shop);
      const recoveries = releases.findIndex(({ id }) => id === release.name);
      // The function that finishes the first recovery continues after the stop: a second one can be unnecessary.
      expect(recoveries).toBeGreaterThan(state === "Finish rollback" ? 0 : 1);
      expect(await shop.record(release)).toMatchObject({ status: "failed" });
      expect(await shop.runningCommits()).toEqual(before);
    },
  );

  test("at Finish release runs everywhere or nowhere, and its record says which", async () => {
    const before = await shop.runningCommits();
    const release = await releaseStopped(commits.good, "Finish release");

    await expectRecovered(shop);
    const { status } = await shop.record(release);
    expect(await shop.runningCommits()).toEqual(status === "succeeded" ? onEveryService(commits.good) : before);
  });
});

test("the recovery of the first release is unproven: what it rolls back to was never verified", async () => {
  const shop = await openScenario();
  const release = await shop.startRelease(commits.good);
  shop.stopAt(release, "Check health");
  await shop.waitForEnd(release);
  await waitForRecovery(shop);

  expect((await expectRecovered(shop))[0]).toMatchObject({ kind: "rollback", status: "unproven" });
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
});

describe("a release that is redriven", () => {
  async function openStopped() {
    const shop = await openScenario();
    const release = await shop.startRelease(commits.good);
    shop.stopAt(release, "Check health");
    await shop.waitForEnd(release);
    return { shop, release };
  }

  test("before its recovery starts continues where it was stopped", async () => {
    const { shop, release } = await openStopped();
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    await waitForRecovery(shop);

    expect(await expectRecovered(shop)).toMatchObject([{ id: release.name, status: "succeeded" }]);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
  });

  test("during its recovery waits for the lock, and deploys again", async () => {
    const { shop, release } = await openStopped();
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

  test("before its recovery has the lock keeps the lock, and the recovery ends as superseded", async () => {
    const { shop, release } = await openStopped();
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

test("later releases and promotions build on what a recovery has rolled back to", async () => {
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

test("a build continues when one of two releases that wait for it is stopped", async () => {
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

test("a first deployment that is stopped is scaled to zero, as after one that failed", async () => {
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
