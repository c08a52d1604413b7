/** The configuration of an environment changes while a release is under way: nothing is left half changed, and no lock stays. */
import { storedConfigurations } from "@lockmaster/core/config/stored.ts";
import { expect, test } from "vitest";
import { changed, type ChangeName, changeNames } from "../faults/changes.ts";
import { commits, onEveryService, openScenario, reasonOf, type Release, type Shop, statesOf } from "./shop.fixture.ts";

const { first, good, bad } = commits;
const repository = "acme/shop";

/** Changes what the ledger has; the permissions of the functions stay, as for executions that began before a deployment. */
async function reconfigure({ rehearsal }: Shop, change: ChangeName): Promise<void> {
  const { repositories } = rehearsal.configuration;
  const next = Object.entries(repositories).map(([name, one]) => [name, changed(one, change)] as const);
  const configuration = { ...rehearsal.configuration, repositories: Object.fromEntries(next) };
  for (const stored of storedConfigurations(configuration)) await rehearsal.ledger.putConfiguration(stored);
}

async function expectFreeLock({ rehearsal }: Shop): Promise<void> {
  const lock = await rehearsal.ledger.lock({ repository, environment: "staging" });
  expect(lock).toMatchObject({ dirty: false, waiters: [] });
  expect(lock.holder).toBeUndefined();
}

/** A release under way whose configuration changes at a state. */
async function changedAt(state: string, change: ChangeName, sha: string): Promise<[Shop, Release]> {
  const shop = await openScenario({
    tasks: [{ service: "backend", commit: "b", fate: { kind: "crash", afterSeconds: 3, exitCode: 1, log: [] } }],
  });
  const release = await shop.startRelease(sha);
  await shop.waitForState(release, state);
  await reconfigure(shop, change);
  return [shop, release];
}

test.each(changeNames)("%s while services are deployed: the release ends as it was planned", async (change) => {
  const [shop, release] = await changedAt("Deploy services", change, good);
  const { status, ...execution } = await shop.waitForEnd(release);
  expect(status, reasonOf({ status, ...execution })).toBe("SUCCEEDED");
  expect(await shop.runningCommits()).toEqual(onEveryService(good));
  expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
  expect(Object.keys((await shop.record(release)).services ?? {}).toSorted()).toEqual([
    "backend",
    "frontend",
    "worker",
  ]);
  await expectFreeLock(shop);
});

test.each(["an image gets another name", "the environment is removed"] as const)(
  "%s while health is checked: a release that fails is rolled back",
  async (change) => {
    const [shop, release] = await changedAt("Check health", change, bad);
    await shop.waitForEnd(release);
    expect(await shop.runningCommits()).toEqual(onEveryService(first));
    expect(await shop.record(release)).toMatchObject({ status: "rolled-back" });
    await expectFreeLock(shop);
  },
);

test("the environment is removed and the release is stopped: recovery rolls it back", async () => {
  const [shop, release] = await changedAt("Check health", "the environment is removed", bad);
  await shop.stop(release);
  await shop.clock.advance(40 * 60_000);
  expect(await shop.runningCommits()).toEqual(onEveryService(first));
  expect(await shop.record(release)).toMatchObject({ status: "failed" });
  await expectFreeLock(shop);
});

test("a service is removed before the snapshot: the release is planned again, for the configuration of now", async () => {
  const [shop, release] = await changedAt("Acquire lock", "a service is removed", good);
  const execution = await shop.waitForEnd(release);
  expect(execution.status, reasonOf(execution)).toBe("SUCCEEDED");
  expect(statesOf(execution).filter((state) => state === "Plan")).toHaveLength(2);
  expect(await shop.runningCommits()).toEqual({ ...onEveryService(good), worker: [first] });
  expect(Object.keys((await shop.record(release)).services ?? {}).toSorted()).toEqual(["backend", "frontend"]);
});

test("the environment is removed before the snapshot: the release fails, and has changed nothing", async () => {
  const [shop, release] = await changedAt("Acquire lock", "the environment is removed", good);
  const execution = await shop.waitForEnd(release);
  expect(reasonOf(execution)).toContain("CONFIGURATION_MISSING");
  expect(await shop.runningCommits()).toEqual(onEveryService(first));
  await shop.clock.advance(40 * 60_000);
  await expectFreeLock(shop);
});
