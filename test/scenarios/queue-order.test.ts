import { pushPayload } from "@lockmaster/rehearsal/deliveries/push-payload.ts";
import { describe, expect, test } from "vitest";
import { commits, onEveryService, openScenario, type Release, type Shop } from "./shop.fixture.ts";

const repository = "acme/shop";
const staging = { repository, environment: "staging" };
const { first, good, better, bad } = commits;
const twoHours = 2 * 3600;

const inSeconds = (shop: Shop, seconds: number): Date => new Date(shop.clock.now() + seconds * 1000);

/** Delivers a signed push with the time and the history that the payload claims. */
async function push(shop: Shop, sha: string, claim: { pushedAt: Date; before?: string }): Promise<Release> {
  const payload = pushPayload({ repository, branch: "main", sha, message: "A change", author: "octocat", ...claim });
  return shop.releaseOf(await shop.deliver("push", payload));
}

/** Starts a release of a commit as an operator does in the console. */
const startByHand = (shop: Shop, name: string, sha: string, requestedAt: string): Promise<Release> =>
  shop.startExecution(name, {
    kind: "deploy",
    ...staging,
    ref: "refs/heads/main",
    sha,
    requestedBy: { kind: "operator", name: "ops" },
    requestedAt,
  });

const startRollback = (shop: Shop, requestedAt: Date): Promise<Release> =>
  shop.startExecution("back", {
    kind: "rollback",
    ...staging,
    to: "previous",
    requestedBy: { kind: "operator", name: "ops" },
    requestedAt: requestedAt.toISOString(),
  });

/** Pushes a commit now, and expects it to be deployed. */
async function expectDeployed(shop: Shop, sha: string): Promise<void> {
  const { release } = await shop.release(sha);
  expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
  expect(await shop.runningCommits()).toEqual(onEveryService(sha));
}

describe("a push is deployed after", () => {
  test("an execution started by hand that claims to be requested in 200 years", async () => {
    const shop = await openScenario();
    const odd = await startByHand(shop, "odd", good, "2226-11-20T10:00:00Z");
    await shop.waitForEnd(odd);
    expect(await shop.record(odd)).toMatchObject({ status: "succeeded" });
    expect(Date.parse((await shop.record(odd)).requestedAt)).toBeLessThanOrEqual(shop.clock.now());

    await expectDeployed(shop, better);
  });

  test("a signed push whose time is far ahead, while its release still waits for its builds", async () => {
    const shop = await openScenario({ builds: [{ image: "backend", commit: "a", seconds: 3000 }] });
    const odd = await push(shop, good, { pushedAt: inSeconds(shop, 365 * 24 * 3600) });
    await shop.waitForState(odd, "Build image");
    await shop.clock.advance(20_000);

    await expectDeployed(shop, better);
    await shop.waitForEnd(odd);
    expect(await shop.record(odd)).toMatchObject({ status: "superseded" });
  });

  test("a rollback from a laptop whose clock is two hours fast", async () => {
    const shop = await openScenario();
    await shop.release(good);
    await shop.release(bad);
    const back = await startRollback(shop, inSeconds(shop, twoHours));
    await shop.waitForEnd(back);
    expect(await shop.runningCommits()).toEqual(onEveryService(good));

    await expectDeployed(shop, better);
  });

  test("an older version recorded a ticket from the future", async () => {
    const shop = await openScenario();
    const { release } = await shop.release(good);
    const lock = await shop.rehearsal.ledger.lock(staging);
    const { newest } = lock;
    if (newest?.release !== release.name) throw new Error("the release took no ticket");
    const future = { ...newest, requestedAt: "2226-11-20T10:00:00Z" };
    const { newestSuccess: _, ...older } = lock;
    await shop.rehearsal.ledger.writeLock({
      ...older,
      newest: future,
      newestHolder: future,
      version: lock.version + 1,
    });

    await expectDeployed(shop, better);
  });
});

test("a rollback from a laptop whose clock is two hours slow supersedes the pushes that were made before it", async () => {
  const shop = await openScenario({ tasks: [{ cluster: "shop-staging", commit: "c", startSeconds: 600 }] });
  await shop.release("1".repeat(40));
  await shop.release(good);
  const holder = await shop.startRelease(better);
  await shop.waitForState(holder, "Check health");
  const waiting = await shop.startRelease(bad);
  await shop.waitForState(waiting, "Acquire lock");
  const back = await startRollback(shop, inSeconds(shop, -twoHours));

  await shop.waitForEnd(waiting);
  await shop.waitForEnd(back);
  expect(await shop.record(waiting)).toMatchObject({ status: "superseded", supersededBy: "back" });
});

describe("a release that has ended without success is not the newest", () => {
  test("an older push that is delivered late is deployed, once the newer one has failed", async () => {
    const shop = await openScenario({
      builds: [{ image: "backend", commit: "b", times: 1, fails: { phase: "BUILD", message: "No space left" } }],
    });
    const pushedAt = inSeconds(shop, 0);
    await shop.clock.advance(5_000);
    const newer = await shop.startRelease(bad);
    expect((await shop.waitForEnd(newer)).status).toBe("FAILED");
    await shop.clock.advance(60_000);

    const older = await push(shop, good, { pushedAt });
    await shop.waitForEnd(older);
    expect(await shop.record(older)).toMatchObject({ status: "succeeded" });
    expect(await shop.runningCommits()).toEqual(onEveryService(good));

    // The newer commit is still newer: its Redrive deploys it.
    expect((await shop.redrive(newer)).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(bad));
  });

  test("an older push than the running commit is superseded all the same", async () => {
    const shop = await openScenario({
      builds: [{ image: "backend", commit: "b", times: 1, fails: { phase: "BUILD", message: "No space left" } }],
    });
    const pushedAt = inSeconds(shop, 0);
    await shop.clock.advance(5_000);
    const { release: running } = await shop.release(better);
    await shop.release(bad);
    await shop.clock.advance(60_000);

    const older = await push(shop, good, { pushedAt });
    await shop.waitForEnd(older);
    expect(await shop.record(older)).toMatchObject({ status: "superseded", supersededBy: running.name });
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  });
});

describe("of two pushes in one second", () => {
  test.each([
    ["while the newer one is built", 0],
    ["when the newer one has ended", 30 * 60_000],
  ])("the older one is superseded although it is delivered last, %s", async (_, later) => {
    const shop = await openScenario();
    const pushedAt = inSeconds(shop, 0);
    await shop.clock.advance(2_000);
    const newer = await push(shop, better, { pushedAt, before: good });
    await shop.clock.advance(2_000 + later);
    const older = await push(shop, good, { pushedAt, before: first });

    await shop.waitForEnd(older);
    await shop.waitForEnd(newer);
    expect(await shop.record(older)).toMatchObject({ status: "superseded", supersededBy: newer.name });
    expect(await shop.record(newer)).toMatchObject({ status: "succeeded", before: good });
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  });

  test("the newer one supersedes the older one that waits for its builds", async () => {
    const shop = await openScenario({ builds: [{ image: "backend", commit: "a", seconds: 3000 }] });
    const pushedAt = inSeconds(shop, 0);
    const older = await push(shop, good, { pushedAt, before: first });
    await shop.clock.advance(2_000);
    const newer = await push(shop, better, { pushedAt, before: good });
    await shop.waitForEnd(older);
    await shop.waitForEnd(newer);
    expect(await shop.record(older)).toMatchObject({ status: "superseded", supersededBy: newer.name });
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  });
});
