import { DeregisterTaskDefinitionCommand, ListTaskDefinitionsCommand } from "@aws-sdk/client-ecs";
import { BatchDeleteImageCommand, ECRClient } from "@aws-sdk/client-ecr";
import type { ScenarioInput } from "@lockmaster/local-aws";
import { describe, expect, test } from "vitest";
import { expectRecovered, waitForRecovery } from "./recovery.fixture.ts";
import { onEveryService, commits, openScenario, reasonOf, statesOf, type Release, type Shop } from "./shop.fixture.ts";

const repository = "acme/shop";
const { first, good, better, bad } = commits;

function inputOf(shop: Shop, to: string) {
  return {
    kind: "rollback",
    repository,
    environment: "staging",
    to,
    requestedBy: { kind: "operator", name: "arn:aws:iam::111122223333:user/ops" },
    requestedAt: new Date(shop.clock.now()).toISOString(),
  };
}

/** Starts a rollback as an operator does in the console. */
const begin = (shop: Shop, to: string, name = "back"): Promise<Release> => shop.startExecution(name, inputOf(shop, to));

async function rollBack(shop: Shop, to: string, name?: string) {
  const release = await begin(shop, to, name);
  return { release, execution: await shop.waitForEnd(release) };
}

/** The shop after releases of these commits, in this order, that succeeded. */
async function openReleased(shas: readonly string[], scenario: ScenarioInput = {}) {
  const shop = await openScenario(scenario);
  const releases: Release[] = [];
  for (const sha of shas) {
    const { release, execution } = await shop.release(sha);
    expect(execution.status).toBe("SUCCEEDED");
    releases.push(release);
  }
  return { shop, releases };
}

describe("a rollback by hand", () => {
  test("to previous brings back what ran before what runs now, builds nothing and judges nothing", async () => {
    const { shop, releases } = await openReleased([good, better]);
    const { release, execution } = await rollBack(shop, "previous");

    expect(execution.status).toBe("SUCCEEDED");
    expect(statesOf(execution)).not.toContain("Build images");
    expect(await shop.runningCommits()).toEqual(onEveryService(good));
    expect(await shop.builds()).toHaveLength(4);
    const { images, builtFrom, services } = await shop.record(releases[0] ?? release);
    expect(await shop.record(release)).toMatchObject({
      kind: "rollback",
      status: "succeeded",
      sha: good,
      rollsBackTo: releases[0]?.name,
      images,
      builtFrom,
      services,
    });
    await waitForRecovery(shop);
    await expectRecovered(shop);
  });

  test("twice to previous goes back by two, not to and fro", async () => {
    const { shop } = await openReleased([bad, good, better]);
    await rollBack(shop, "previous", "one");
    expect(await shop.runningCommits()).toEqual(onEveryService(good));
    await rollBack(shop, "previous", "two");
    expect(await shop.runningCommits()).toEqual(onEveryService(bad));
    const { execution } = await rollBack(shop, "previous", "three");
    expect(reasonOf(execution)).toContain("ROLLBACK_TARGET_MISSING");
    expect(statesOf(execution)).toEqual(["Plan"]);
  });

  test("to an older release goes there directly, and forward again", async () => {
    const { shop, releases } = await openReleased([bad, good, better]);
    await rollBack(shop, releases[0]?.name ?? "", "back");
    expect(await shop.runningCommits()).toEqual(onEveryService(bad));
    await rollBack(shop, releases[2]?.name ?? "", "forward");
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  });

  test("uses a twin of a task definition that was taken out of use", async () => {
    const { shop } = await openReleased([good, better]);
    const { taskDefinitionArns = [] } = await shop.ecs.send(
      new ListTaskDefinitionsCommand({ familyPrefix: "shop-staging-backend" }),
    );
    for (const taskDefinition of taskDefinitionArns.slice(0, -1))
      await shop.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
    const { execution } = await rollBack(shop, "previous");
    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(good));
  });

  test("is what the next push builds on, and can be promoted; what was left is not deployed again by itself", async () => {
    const { shop } = await openReleased([good, better]);
    const { release } = await rollBack(shop, "previous");
    const promotion = await shop.promote("v1.0.0", good);
    expect(promotion.execution.status).toBe("SUCCEEDED");
    expect((await shop.record(promotion.release)).promotedFrom).toEqual({
      environment: "staging",
      release: release.name,
    });

    const { execution: left } = await shop.promote("v1.1.0", better);
    expect(reasonOf(left)).toMatch(
      /UPSTREAM_UNVERIFIED: c+ was released to staging by .*, but its images are known-bad there since release back\./,
    );

    const again = await shop.push(better, { message: "The same commit" });
    const refused = await shop.waitForEnd(shop.releaseOf(again));
    expect(reasonOf(refused)).toContain("KNOWN_BAD_IMAGES");
    expect(await shop.runningCommits()).toEqual(onEveryService(good));
    expect((await shop.redrive(shop.releaseOf(again))).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  });

  test("waits for a release under way, and then takes that back", async () => {
    const { shop, releases } = await openReleased([good]);
    const release = await shop.startRelease(better);
    await shop.waitForState(release, "Check health");
    const back = await begin(shop, releases[0]?.name ?? "");
    await shop.waitForState(back, "Acquire lock");
    expect((await shop.waitForEnd(release)).status).toBe("SUCCEEDED");
    expect((await shop.waitForEnd(back)).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(good));
  });

  test("makes releases superfluous that were asked for before it and still wait", async () => {
    const { shop, releases } = await openReleased([good, better]);
    const waiting = await shop.startRelease(bad);
    await shop.waitForState(waiting, "Build image");
    const { execution } = await rollBack(shop, releases[0]?.name ?? "");
    expect(execution.status).toBe("SUCCEEDED");
    expect(statesOf(await shop.waitForEnd(waiting)).at(-1)).toBe("Superseded");
    expect(await shop.runningCommits()).toEqual(onEveryService(good));
  });

  test("passes a freeze", async () => {
    const { shop } = await openReleased([good, better]);
    const { ledger } = shop.rehearsal;
    const lock = await ledger.lock({ repository, environment: "staging" });
    const freeze = { by: "ops", reason: "peace", since: "2026-01-05T09:00:00Z", mode: "refuse" } as const;
    await ledger.writeLock({ ...lock, freeze, version: lock.version + 1 });
    expect((await rollBack(shop, "previous")).execution.status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(good));
  });

  test("whose way is not proven is recorded so, gives the lock back, and is gone again by Redrive", async () => {
    const crash = { kind: "crash", afterSeconds: 3, exitCode: 1, log: ["Error: no database"] } as const;
    const { shop } = await openReleased([good, better], {
      tasks: [
        { service: "backend", commit: "a", times: 2 },
        { service: "backend", commit: "a", times: 3, fate: { ...crash, log: [...crash.log] } },
      ],
    });
    const { release, execution } = await rollBack(shop, "previous");
    expect(statesOf(execution).at(-1)).toBe("Finish rollback");
    expect(reasonOf(execution)).toMatch(/^RolloutFailedError: CONTAINER_EXITED: .*The rollback to release .* failed/);
    expect(await shop.record(release)).toMatchObject({ status: "rollback-failed" });
    await waitForRecovery(shop);
    await expectRecovered(shop);
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
    expect(await shop.runningCommits()).toEqual(onEveryService(good));
  });
});

describe("a rollback is refused, and changes nothing,", () => {
  test("when nothing was released before", async () => {
    const { shop } = await openReleased([good]);
    const { execution } = await rollBack(shop, "previous");
    expect(reasonOf(execution)).toMatch(/^RejectedError: ROLLBACK_TARGET_MISSING: /);
  });

  test("when the named release did not succeed", async () => {
    const { shop } = await openReleased([good, better]);
    const failed = await shop.startRelease(bad);
    await shop.waitForState(failed, "Build image");
    await shop.stop(failed);
    const { execution } = await rollBack(shop, failed.name);
    expect(reasonOf(execution)).toContain(`ROLLBACK_TARGET_MISSING: no release ${failed.name}`);
  });

  test("when the registry has lost an image", async () => {
    const { shop, releases } = await openReleased([good, better]);
    const record = releases[0] && (await shop.record(releases[0]));
    const ecr = new ECRClient(shop.rehearsal.aws.clientConfig());
    const imageDigest = record?.images?.["backend"];
    await ecr.send(new BatchDeleteImageCommand({ repositoryName: "shop/backend", imageIds: [{ imageDigest }] }));
    ecr.destroy();
    const { execution } = await rollBack(shop, "previous");
    expect(reasonOf(execution)).toContain("IMAGE_NOT_FOUND");
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  });

  test.each([
    ["neither says where", { to: undefined }],
    ["both say where", { recovers: { executionArn: "arn:aws:states:x", redriveCount: 0 } }],
    ["is no release", { to: "../previous" }],
    ["names an environment that is none", { environment: "nowhere" }],
  ])("when its input %s", async (_, change) => {
    const { shop } = await openReleased([]);
    const release = await shop.startExecution("back", { ...inputOf(shop, "previous"), ...change });
    expect((await shop.waitForEnd(release)).error).toMatch(/InvalidInputError|RejectedError/);
    expect(await shop.runningCommits()).toEqual(onEveryService(first));
  });
});
