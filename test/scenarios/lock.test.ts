import { taskTokens } from "@lockmaster/aws/stepfunctions/executions.ts";
import { BatchGetBuildsCommand, CodeBuildClient, ListBuildsCommand } from "@aws-sdk/client-codebuild";
import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import { freezeEnvironment, unfreezeEnvironment } from "@lockmaster/core/lock/freeze-environment.ts";
import type { Freeze, LockRecord } from "@lockmaster/core/ledger/lock-record.ts";
import type { ScenarioInput } from "@lockmaster/local-aws";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  commits,
  onEveryService,
  openScenario,
  openShop,
  reasonOf,
  statesOf,
  type Release,
  type Shop,
} from "./shop.fixture.ts";

const staging = { repository: "acme/shop", environment: "staging" };
const { first, good, better, bad } = commits;
const slowStart = { tasks: [{ cluster: "shop-staging", startSeconds: 600 }] } satisfies ScenarioInput;

const readLock = (shop: Shop): Promise<LockRecord> => shop.rehearsal.ledger.lock(staging);

/** The time at which a release first entered a state. */
function enteredAt(shop: Shop, release: Release, state: string): number {
  const times = shop
    .execution(release)
    .history.flatMap(({ stateEnteredEventDetails, timestamp }) =>
      stateEnteredEventDetails?.name === state ? [timestamp.getTime()] : [],
    );
  const [time] = times;
  if (time === undefined) throw new Error(`The release never entered ${state}`);
  return time;
}

const countPolls = (shop: Shop, release: Release): number =>
  statesOf(shop.execution(release)).filter((state) => state === "Acquire lock").length;

/** The shop in which release `one` changes staging, and `other` waits for the lock. */
async function openWithWaiter(scenario: ScenarioInput = {}): Promise<{ shop: Shop; one: Release; other: Release }> {
  const shop = await openScenario(scenario);
  const one = await shop.startRelease(good);
  await shop.waitForState(one, "Check health");
  const other = await shop.startRelease(better);
  await shop.waitForState(other, "Acquire lock");
  return { shop, one, other };
}

/** Builds as image, first letters of the commit and status. */
async function buildStatuses(shop: Shop): Promise<string[]> {
  const codebuild = new CodeBuildClient(shop.rehearsal.aws.clientConfig());
  const { ids = [] } = await codebuild.send(new ListBuildsCommand({}));
  const { builds = [] } = ids.length === 0 ? {} : await codebuild.send(new BatchGetBuildsCommand({ ids }));
  codebuild.destroy();
  return builds
    .map(({ environment, sourceVersion = "", buildStatus }) => {
      const image = environment?.environmentVariables?.find(({ name }) => name === "LOCKMASTER_IMAGE")?.value;
      return `${image} ${sourceVersion.slice(0, 3)} ${buildStatus}`;
    })
    .toSorted();
}

async function freeze(shop: Shop, change: Partial<Freeze> = {}): Promise<void> {
  const since = new Date(shop.clock.now()).toISOString();
  const given: Freeze = {
    by: "arn:aws:iam::111122223333:user/ops",
    reason: "Black Friday",
    since,
    mode: "wait",
    ...change,
  };
  await freezeEnvironment({ ledger: shop.rehearsal.ledger, tokens: taskTokens(shop.stepFunctions) }, staging, given);
}

const unfreeze = (shop: Shop) =>
  unfreezeEnvironment({ ledger: shop.rehearsal.ledger, tokens: taskTokens(shop.stepFunctions) }, staging);

describe("of two pushes", () => {
  test("that come at once the older release is recorded as superseded, and the newer one is deployed", async () => {
    const shop = await openScenario();
    const [older, newer] = [await shop.startRelease(good), await shop.startRelease(better)];

    expect((await shop.waitForEnd(older)).status).toBe("SUCCEEDED");
    expect((await shop.waitForEnd(newer)).status).toBe("SUCCEEDED");
    expect(statesOf(shop.execution(older)).at(-1)).toBe("Superseded");
    expect(statesOf(shop.execution(older))).not.toContain("Deploy services");
    expect(await shop.record(older)).toMatchObject({ status: "superseded", supersededBy: newer.name });
    expect(await shop.record(newer)).toMatchObject({ status: "succeeded" });
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  });

  test("one release changes the environment at a time, and the waiting one continues at once", async () => {
    const { shop, one, other } = await openWithWaiter(slowStart);
    const ended = (await shop.waitForEnd(one)).stoppedAt ?? 0;
    expect((await shop.waitForEnd(other)).status).toBe("SUCCEEDED");

    expect(enteredAt(shop, other, "Snapshot services")).toBeGreaterThan(enteredAt(shop, one, "Finish release"));
    expect(enteredAt(shop, other, "Snapshot services")).toBeLessThan(ended + 30_000);
    expect(countPolls(shop, other)).toBe(2);
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
    expect(await readLock(shop)).toMatchObject({ epoch: 2, dirty: false, waiters: [], lastSuccess: { sha: better } });
    expect((await readLock(shop)).holder).toBeUndefined();
  });

  test("the older release ends at once when it waits for the lock while the newer one is planned", async () => {
    const { shop, one, other } = await openWithWaiter(slowStart);
    const newest = await shop.startRelease(bad);

    expect((await shop.waitForEnd(other)).status).toBe("SUCCEEDED");
    expect(await shop.record(other)).toMatchObject({ status: "superseded", supersededBy: newest.name });
    expect(shop.execution(one).status).toBe("RUNNING");
    await shop.waitForEnd(newest);
    expect(await shop.runningCommits()).toEqual(onEveryService(bad));
  });

  test("the older release ends at once, and its builds that no other release waits for are stopped", async () => {
    const shop = await openScenario({ builds: [{ image: "backend", commit: "a", seconds: 3000 }] });
    const older = await shop.startRelease(good);
    await shop.waitForState(older, "Build image");
    await shop.clock.advance(20_000);
    const newer = await shop.startRelease(better);
    await shop.waitForState(newer, "Build image");
    await shop.waitForEnd(older);
    await shop.clock.advance(60_000);

    expect(await shop.record(older)).toMatchObject({ status: "superseded", supersededBy: newer.name });
    expect(statesOf(shop.execution(older))).not.toContain("Judge images");
    expect(await buildStatuses(shop)).toContain("backend aaa STOPPED");
    expect((await shop.waitForEnd(newer)).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  });

  test("the older release ends as superseded although it could not be notified", async () => {
    const shop = await openScenario({
      builds: [{ image: "backend", commit: "a", seconds: 3000 }],
      faults: [{ kind: "error500", function: "plan-release", operation: "SendTaskSuccess", strength: "exhausted" }],
    });
    const older = await shop.startRelease(good);
    await shop.waitForState(older, "Build image");
    await shop.clock.advance(20_000);
    expect((await shop.release(better)).execution.status).toBe("SUCCEEDED");

    expect((await shop.waitForEnd(older)).status).toBe("SUCCEEDED");
    expect(await shop.record(older)).toMatchObject({ status: "superseded" });
    await shop.clock.advance(60_000);
    expect(await buildStatuses(shop)).toContain("backend aaa STOPPED");
  });

  test("of the same commit the build continues for the newer release", async () => {
    const shop = await openScenario();
    const older = await shop.startRelease(good);
    await shop.waitForState(older, "Build image");
    await shop.clock.advance(5_000);
    const input: unknown = JSON.parse(shop.execution(older).input);
    const asked = { ...v.parse(v.looseObject({}), input), requestedAt: new Date(shop.clock.now()).toISOString() };
    const newer = await shop.startExecution("again", asked);
    expect((await shop.waitForEnd(newer)).status).toBe("SUCCEEDED");

    expect((await shop.waitForEnd(older)).status).toBe("SUCCEEDED");
    expect(await shop.record(older)).toMatchObject({ status: "superseded", supersededBy: "again" });
    expect(await buildStatuses(shop)).toEqual(["backend aaa SUCCEEDED", "frontend aaa SUCCEEDED"]);
  });
});

describe("a release that waits for the lock", () => {
  test("polls when the release that finished could not wake it", async () => {
    const wakers = ["finish-release", "recover", "reconcile"];
    const outage = { kind: "error500", operation: "SendTaskSuccess", strength: "outage", outageSeconds: 3600 } as const;
    const { shop, one, other } = await openWithWaiter({
      ...slowStart,
      faults: wakers.map((name) => ({ ...outage, function: name })),
    });
    expect((await shop.waitForEnd(one)).status).toBe("SUCCEEDED");
    expect(await shop.record(one)).toMatchObject({ status: "succeeded" });
    expect((await shop.waitForEnd(other)).status).toBe("SUCCEEDED");
    const waited = enteredAt(shop, other, "Snapshot services") - enteredAt(shop, other, "Acquire lock");
    expect(waited).toBeGreaterThanOrEqual(900_000);
    expect(waited).toBeLessThan(930_000);
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  });

  test("gets the lock after two polls when the holder was stopped before its first change", async () => {
    const lost = {
      source: "aws.states",
      detailType: "Step Functions Execution Status Change",
      happens: "lost",
    } as const;
    const shop = await openScenario({ events: [lost] });
    const one = await shop.startRelease(good);
    await shop.waitForState(one, "Snapshot services");
    await shop.stepFunctions.send(new StopExecutionCommand({ executionArn: one.executionArn }));
    const { release: other, execution } = await shop.release(better);

    expect(execution.status).toBe("SUCCEEDED");
    expect(countPolls(shop, other)).toBeGreaterThanOrEqual(3);
    const waited = enteredAt(shop, other, "Snapshot services") - enteredAt(shop, other, "Acquire lock");
    expect(waited).toBeGreaterThanOrEqual(30_000);
    expect(waited).toBeLessThan(60_000);
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  });

  test("of staging does not delay a release to production", async () => {
    const shop = await openScenario({ tasks: [{ cluster: "shop-staging", commit: "c", startSeconds: 900 }] });
    await shop.release(good);
    const one = await shop.startRelease(better);
    await shop.waitForState(one, "Check health");
    const { execution } = await shop.promote("v1.0.0", good);

    expect(execution.status).toBe("SUCCEEDED");
    expect(shop.execution(one).status).toBe("RUNNING");
  });
});

describe("while an environment is frozen", () => {
  test("a release waits, and continues when an operator ends the freeze", async () => {
    const shop = await openScenario();
    await freeze(shop);
    const release = await shop.startRelease(good);
    await shop.waitForState(release, "Acquire lock");
    await shop.clock.advance(3 * 3600 * 1000);
    expect(shop.execution(release).status).toBe("RUNNING");
    expect(await shop.runningCommits()).toEqual(onEveryService(first));

    expect(await unfreeze(shop)).toMatchObject({ reason: "Black Friday" });
    const unfrozen = shop.clock.now();
    expect((await shop.waitForEnd(release)).status).toBe("SUCCEEDED");
    expect(enteredAt(shop, release, "Snapshot services")).toBeLessThan(unfrozen + 30_000);
    expect(await shop.runningCommits()).toEqual(onEveryService(good));
  });

  test("a release waits until the freeze expires", async () => {
    const shop = await openScenario();
    const until = shop.clock.now() + 50 * 60_000;
    await freeze(shop, { until: new Date(until).toISOString() });
    const { release, execution } = await shop.release(good);

    expect(execution.status).toBe("SUCCEEDED");
    expect(enteredAt(shop, release, "Snapshot services")).toBeGreaterThanOrEqual(until);
    expect(enteredAt(shop, release, "Snapshot services")).toBeLessThan(until + 60_000);
  });

  test("in the mode `refuse` a release is refused before any build; a Redrive continues after the freeze", async () => {
    const shop = await openScenario();
    await freeze(shop, { mode: "refuse" });
    const { release, execution } = await shop.release(good);
    expect(reasonOf(execution)).toMatch(/ENVIRONMENT_FROZEN: staging is frozen .* by .*user\/ops: Black Friday/);
    expect(await shop.builds()).toEqual([]);

    await unfreeze(shop);
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(good));
  });

  test("a release that started its changes before continues", async () => {
    const shop = await openScenario(slowStart);
    const release = await shop.startRelease(good);
    await shop.waitForState(release, "Check health");
    await freeze(shop, { mode: "refuse" });
    expect((await shop.waitForEnd(release)).status).toBe("SUCCEEDED");
  });
});

describe("a push does not deploy", () => {
  test("known-bad images; an operator's Redrive does", async () => {
    const fate = { kind: "crash" as const, afterSeconds: 4, exitCode: 1, log: ["Error: no database"] };
    const shop = await openScenario({ tasks: [{ service: "backend", commit: "b", times: 4, fate }] });
    expect((await shop.release(bad)).execution.status).toBe("FAILED");
    const { release, execution } = await shop.release(bad);

    expect(reasonOf(execution)).toMatch(/KNOWN_BAD_IMAGES: backend sha256:\w+ is known-bad in staging/);
    expect(statesOf(execution).at(-1)).toBe("Acquire lock");
    expect(await shop.runningCommits()).toEqual(onEveryService(first));

    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(bad));
    expect((await readLock(shop)).knownBad).toEqual([]);
  });

  test("an ancestor of the running commit", async () => {
    const token = "github_pat_11AAAAAAA0example";
    const { repository } = staging;
    const shop = await openScenario(
      {
        github: {
          tokens: [{ token, repositories: [repository] }],
          commits: [
            { repository, sha: first, files: ["backend/main.go"] },
            { repository, sha: good, parent: first, files: ["backend/main.go"] },
            { repository, sha: better, parent: good, files: ["frontend/a.ts"] },
          ],
        },
      },
      { githubCredentials: JSON.stringify({ token }) },
    );
    await shop.release(better);
    const { execution } = await shop.release(good);

    expect(reasonOf(execution)).toContain(`OLDER_COMMIT: staging runs ${better}`);
    expect(statesOf(execution).at(-1)).toBe("Plan");
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  });
});

describe("a release that loses its lock", () => {
  /** Gives the lock to a holder that does not exist, as after a wrong takeover. */
  async function takeLock(shop: Shop): Promise<void> {
    const lock = await readLock(shop);
    const { executionArn = "", startedAt = "" } = lock.holder ?? {};
    const holder = { release: "ghost", executionArn: `${executionArn}-ghost`, startedAt, redriveCount: 0 };
    const taken = { ...lock, epoch: lock.epoch + 1, dirty: false, version: lock.version + 1 };
    await shop.rehearsal.ledger.writeLock({ ...taken, holder: { ...holder, kind: "deploy" } });
  }

  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop.close());

  test.each([
    ["Snapshot services", "1".repeat(40)],
    ["Deploy services", "2".repeat(40)],
    ["Check health", "3".repeat(40)],
  ])("in %s waits for it again, and does not roll back", async (state, sha) => {
    const { epoch } = await readLock(shop);
    const release = await shop.startRelease(sha);
    await shop.waitForState(release, state);
    await takeLock(shop);
    const execution = await shop.waitForEnd(release);

    expect(execution.status).toBe("SUCCEEDED");
    expect(countPolls(shop, release)).toBeGreaterThan(1);
    expect(statesOf(execution)).not.toContain("Roll back services");
    expect(await shop.runningCommits()).toEqual(onEveryService(sha));
    expect(await shop.record(release)).toMatchObject({ status: "succeeded", attempt: epoch + 3 });
  });
});
