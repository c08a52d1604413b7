import { expect, onTestFinished, test } from "vitest";
import { commits, onEveryService, openScenario, reasonOf, type Shop } from "../scenarios/shop.fixture.ts";
import { installVersion, readKeptVersion } from "./kept-version.ts";

const kept = readKeptVersion("0.2.0");

/** The shop with v0.2.0's state machine and functions, on today's ledger. */
async function openBeforeUpgrade(): Promise<{ shop: Shop; upgrade: () => Promise<unknown> }> {
  const shop = await openScenario();
  const { upgrade, close } = await installVersion(shop.rehearsal, kept);
  onTestFinished(close);
  return { shop, upgrade };
}

test("a release that v0.2.0 started ends after the upgrade, and today's releases and rollbacks build on it", async () => {
  const { shop, upgrade } = await openBeforeUpgrade();
  const earlier = await shop.startRelease(commits.good);
  await shop.waitForState(earlier, "Check health");
  await upgrade();
  const { status } = await shop.waitForEnd(earlier);
  expect(status, reasonOf(shop.execution(earlier))).toBe("SUCCEEDED");
  expect(await shop.record(earlier)).toMatchObject({ status: "succeeded", sha: commits.good });

  const { release } = await shop.release(commits.better);
  expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.better));

  const rollback = await shop.startExecution("back", {
    kind: "rollback",
    repository: "acme/shop",
    environment: "staging",
    to: earlier.name,
    requestedBy: { kind: "operator", name: "ops" },
    requestedAt: new Date(shop.clock.now()).toISOString(),
  });
  expect((await shop.waitForEnd(rollback)).status).toBe("SUCCEEDED");
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
});

test("a release of v0.2.0 that is stopped halfway is rolled back by today's recovery", async () => {
  const { shop, upgrade } = await openBeforeUpgrade();
  const earlier = await shop.startRelease(commits.bad);
  await shop.waitForState(earlier, "Check health");
  await upgrade();
  await shop.stop(earlier);
  await shop.clock.advance(20 * 60_000);

  expect(await shop.record(earlier)).toMatchObject({ status: "failed" });
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
  const lock = await shop.rehearsal.ledger.lock({ repository: "acme/shop", environment: "staging" });
  expect(lock).toMatchObject({ dirty: false, waiters: [] });
  expect(lock.holder).toBeUndefined();
});

test("a release of v0.2.0 that was stopped before its first change is redriven after the upgrade", async () => {
  const { shop, upgrade } = await openBeforeUpgrade();
  const earlier = await shop.startRelease(commits.good);
  shop.stopAt(earlier, "Acquire lock");
  await shop.waitForEnd(earlier);
  await upgrade();
  const { status } = await shop.redrive(earlier);
  expect(status, reasonOf(shop.execution(earlier))).toBe("SUCCEEDED");
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
});
