import { expect, onTestFinished, test } from "vitest";
import { storedConfigurations } from "@lockmaster/core/config/stored.ts";
import { commits, onEveryService, openScenario, reasonOf, statesOf } from "../scenarios/shop.fixture.ts";
import { installVersion, readKeptVersion } from "./kept-version.ts";

const kept = readKeptVersion("0.2.0");

/** The shop with v0.2.0's state machine and functions, on today's ledger. */
async function openBeforeUpgrade() {
  const shop = await openScenario();
  const { close, ...version } = await installVersion(shop.rehearsal, kept);
  onTestFinished(close);
  return { shop, ...version };
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

/** The states of a release of v0.2.0 that an operator can stop it in, one letter of a commit for each. */
const states = [
  ["Build images", "4"],
  ["Judge images", "5"],
  ["Acquire lock", "6"],
  ["Snapshot services", "7"],
  ["Deploy services", "8"],
  ["Check health", "9"],
  ["Finish release", "d"],
] as const;

test("v0.2.0 and today's version release in turn, whatever state a release is stopped and redriven in between", async () => {
  const { shop, upgrade, downgrade } = await openBeforeUpgrade();
  await upgrade();
  // Writes what only today's version knows, which v0.2.0 then reads and writes.
  const { execution } = await shop.release(commits.good);
  expect(execution.status, reasonOf(execution)).toBe("SUCCEEDED");
  for (const [state, letter] of states) {
    await downgrade();
    const earlier = await shop.startRelease(letter.repeat(40));
    shop.stopAt(earlier, state);
    await shop.waitForEnd(earlier);
    expect(statesOf(shop.execution(earlier))).toContain(state);
    expect(shop.execution(earlier).status).toBe("ABORTED");
    await upgrade();
    const { status } = await shop.redrive(earlier);
    expect(status, `${state}: ${reasonOf(shop.execution(earlier))}`).toBe("SUCCEEDED");
    expect(await shop.runningCommits(), state).toEqual(onEveryService(letter.repeat(40)));
  }
  const lock = await shop.rehearsal.ledger.lock({ repository: "acme/shop", environment: "staging" });
  expect(lock).toMatchObject({ dirty: false, waiters: [] });
});

test("v0.2.0 refuses in Plan a configuration that restricts releases in a way that it does not know", async () => {
  const { shop } = await openBeforeUpgrade();
  const restricted = structuredClone(shop.rehearsal.configuration);
  const staging = restricted.repositories["acme/shop"]?.environments["staging"];
  if (staging === undefined) throw new Error("the demonstration shop has changed");
  staging.on.by = ["octocat"];
  for (const stored of storedConfigurations(restricted)) await shop.rehearsal.ledger.putConfiguration(stored);
  const release = await shop.startExecution("by-hand", {
    kind: "deploy",
    repository: "acme/shop",
    environment: "staging",
    ref: "refs/heads/main",
    sha: commits.good,
    requestedBy: { kind: "github", login: "stranger" },
    requestedAt: new Date(shop.clock.now()).toISOString(),
  });
  const execution = await shop.waitForEnd(release);
  expect(reasonOf(execution)).toContain("environments.staging.on.by");
  expect(statesOf(execution)).toEqual(["Plan"]);
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
});
