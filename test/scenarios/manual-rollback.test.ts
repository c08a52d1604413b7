import { DeregisterTaskDefinitionCommand, ListTaskDefinitionsCommand } from "@aws-sdk/client-ecs";
import { BatchDeleteImageCommand, ECRClient } from "@aws-sdk/client-ecr";
import type { ScenarioInput } from "@lockmaster/local-aws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectRecovered, waitForRecovery } from "./recovery.fixture.ts";
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

const repository = "acme/shop";
const { good, better, bad } = commits;
const earlier = "d".repeat(40);

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
const startRollback = (shop: Shop, to: string, name = "back"): Promise<Release> =>
  shop.startExecution(name, inputOf(shop, to));

/** Starts a rollback, and waits until it has ended. */
async function rollBack(shop: Shop, to: string, name?: string) {
  const release = await startRollback(shop, to, name);
  return { release, execution: await shop.waitForEnd(release) };
}

/** Releases the commits to staging, in this order. */
async function releaseAll(shop: Shop, shas: readonly string[]): Promise<Release[]> {
  const releases: Release[] = [];
  for (const sha of shas) {
    const { release, execution } = await shop.release(sha);
    expect(execution.status).toBe("SUCCEEDED");
    releases.push(release);
  }
  return releases;
}

async function openReleased(shas: readonly string[], scenario: ScenarioInput = {}) {
  const shop = await openScenario(scenario);
  return { shop, releases: await releaseAll(shop, shas) };
}

describe("a manual rollback", () => {
  test("to `previous` deploys what ran before, as often as a release succeeded before", async () => {
    const { shop } = await openReleased([bad]);
    const { execution: tooEarly } = await rollBack(shop, "previous", "too-early");
    expect(reasonOf(tooEarly)).toMatch(/^RejectedError: ROLLBACK_TARGET_MISSING: /);

    const [released] = await releaseAll(shop, [good, better]);
    const built = await shop.builds();
    const { release, execution } = await rollBack(shop, "previous", "one");

    expect(execution.status).toBe("SUCCEEDED");
    expect(statesOf(execution)).not.toContain("Build images");
    expect(await shop.runningCommits()).toEqual(onEveryService(good));
    expect(await shop.builds()).toEqual(built);
    const { images, builtFrom, services } = await shop.record(released ?? release);
    expect(await shop.record(release)).toMatchObject({
      kind: "rollback",
      status: "succeeded",
      sha: good,
      rollsBackTo: released?.name,
      images,
      builtFrom,
      services,
    });
    await waitForRecovery(shop);
    await expectRecovered(shop);

    await rollBack(shop, "previous", "two");
    expect(await shop.runningCommits()).toEqual(onEveryService(bad));
    const { execution: third } = await rollBack(shop, "previous", "three");
    expect(reasonOf(third)).toMatch(/^RejectedError: ROLLBACK_TARGET_MISSING: /);
    expect(statesOf(third)).toEqual(["Plan"]);
  });

  test("is what the next push builds on, and can be promoted; a Redrive is needed for what it replaced", async () => {
    const { shop } = await openReleased([good, better]);
    const { release } = await rollBack(shop, "previous");
    const promotion = await shop.promote("v1.0.0", good);
    expect(promotion.execution.status).toBe("SUCCEEDED");
    expect((await shop.record(promotion.release)).promotedFrom).toEqual({
      environment: "staging",
      release: release.name,
    });

    const { execution: replaced } = await shop.promote("v1.1.0", better);
    expect(reasonOf(replaced)).toMatch(
      /UPSTREAM_UNVERIFIED: c+ was released to staging by .*, but its images are known-bad there since release back\./,
    );

    const again = await shop.push(better, { message: "The same commit" });
    const refused = await shop.waitForEnd(shop.releaseOf(again));
    expect(reasonOf(refused)).toContain("KNOWN_BAD_IMAGES");
    expect(await shop.runningCommits()).toEqual(onEveryService(good));
    expect((await shop.redrive(shop.releaseOf(again))).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  });

  test("waits for a running release, and then rolls it back", async () => {
    const { shop, releases } = await openReleased([good]);
    const release = await shop.startRelease(better);
    await shop.waitForState(release, "Check health");
    const rollback = await startRollback(shop, releases[0]?.name ?? "");
    await shop.waitForState(rollback, "Acquire lock");
    expect((await shop.waitForEnd(release)).status).toBe("SUCCEEDED");
    expect((await shop.waitForEnd(rollback)).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(good));
  });

  describe("to the release before, requested while another one is rolled out,", () => {
    /** Staging after two releases, while a third is rolled out; and the input that `lockmaster rollback` sends now. */
    async function openRollout(scenario: ScenarioInput = {}) {
      const { shop, releases } = await openReleased([earlier, good], scenario);
      const [target = "", standing = ""] = releases.map(({ name }) => name);
      const rollout = await shop.startRelease(better);
      await shop.waitForState(rollout, "Check health");
      return { shop, target, standing, rollout, sent: { ...inputOf(shop, target), standing } };
    }

    test("rolls back the release that was rolled out, when it is `previous` in the input", async () => {
      const { shop, standing, rollout } = await openRollout();
      const { release, execution } = await rollBack(shop, "previous");
      expect(await shop.record(rollout)).toMatchObject({ status: "succeeded" });
      expect(execution.status).toBe("SUCCEEDED");
      expect(await shop.record(release)).toMatchObject({ status: "succeeded", rollsBackTo: standing });
      expect(await shop.runningCommits()).toEqual(onEveryService(good));
    });

    test("is refused with both releases named, when the operator saw another one standing", async () => {
      const { shop, target, standing, rollout, sent } = await openRollout();
      const release = await shop.startExecution("back", sent);
      const execution = await shop.waitForEnd(release);
      expect(reasonOf(execution)).toContain("ROLLBACK_OUTDATED");
      expect(reasonOf(execution)).toContain(`release ${standing} was the last one that had succeeded in staging`);
      expect(reasonOf(execution)).toContain(`release ${rollout.name} has succeeded since`);
      expect(reasonOf(execution)).toContain(`to ${standing} or to ${target} by its id`);
      expect(await shop.runningCommits()).toEqual(onEveryService(better));
      await waitForRecovery(shop);
      await expectRecovered(shop);
    });

    test("rolls back to the target that was shown, when the rollout fails", async () => {
      const fate = { kind: "crash" as const, afterSeconds: 3, exitCode: 1, log: ["Error: no database"] };
      const tasks = [{ service: "backend", commit: "c", times: 9, fate }];
      const { shop, rollout, sent } = await openRollout({ tasks });
      const release = await shop.startExecution("back", sent);
      expect((await shop.waitForEnd(release)).status).toBe("SUCCEEDED");
      expect(await shop.record(rollout)).toMatchObject({ status: "rolled-back" });
      expect(await shop.runningCommits()).toEqual(onEveryService(earlier));
    });

    test("is refused at once when the other one has succeeded before it is planned", async () => {
      const { shop, rollout, sent } = await openRollout();
      await shop.waitForEnd(rollout);
      const release = await shop.startExecution("back", sent);
      const execution = await shop.waitForEnd(release);
      expect(reasonOf(execution)).toContain("ROLLBACK_OUTDATED");
      expect(statesOf(execution).at(-1)).toBe("Plan");
    });
  });

  test("that fails is recorded as such, releases the lock, and succeeds with a Redrive", async () => {
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

describe("after three releases", () => {
  let shop: Shop;
  let releases: readonly Release[];
  beforeAll(async () => {
    shop = await openShop();
    releases = await releaseAll(shop, [bad, good, better]);
  });
  afterAll(() => shop.close());

  test.each([
    ["neither names a target nor an execution to recover", { to: undefined }],
    ["names a target and an execution to recover", { recovers: { executionArn: "arn:aws:states:x", redriveCount: 0 } }],
    ["names a target that is not a release", { to: "../previous" }],
    ["names an environment that does not exist", { environment: "nowhere" }],
  ])("a manual rollback is refused when its input %s", async (name, change) => {
    const execution = await shop.startExecution(name.replaceAll(" ", "-"), { ...inputOf(shop, "previous"), ...change });
    expect((await shop.waitForEnd(execution)).error).toMatch(/InvalidInputError|RejectedError/);
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  });

  test("a manual rollback to a release that did not succeed is refused", async () => {
    const failed = await shop.startRelease("e".repeat(40));
    await shop.waitForState(failed, "Build image");
    await shop.stop(failed);
    const { execution } = await rollBack(shop, failed.name, "to-failed");
    expect(reasonOf(execution)).toContain(`ROLLBACK_TARGET_MISSING: no release ${failed.name}`);
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  });

  test("a manual rollback to a release by its name skips the releases in between, in both directions", async () => {
    await rollBack(shop, releases[0]?.name ?? "", "to-first");
    expect(await shop.runningCommits()).toEqual(onEveryService(bad));
    await rollBack(shop, releases[2]?.name ?? "", "to-last");
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  });

  test("a manual rollback is not delayed by a freeze", async () => {
    const { ledger } = shop.rehearsal;
    const staging = { repository, environment: "staging" };
    const lock = await ledger.lock(staging);
    const freeze = { by: "ops", reason: "peace", since: "2026-01-05T09:00:00Z", mode: "refuse" } as const;
    await ledger.writeLock({ ...lock, freeze, version: lock.version + 1 });
    expect((await rollBack(shop, releases[1]?.name ?? "", "frozen")).execution.status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(good));

    const { freeze: _, ...frozen } = await ledger.lock(staging);
    await ledger.writeLock({ ...frozen, version: frozen.version + 1 });
  });

  test("a manual rollback registers a task definition again that was deregistered", async () => {
    const { taskDefinitionArns = [] } = await shop.ecs.send(
      new ListTaskDefinitionsCommand({ familyPrefix: "shop-staging-backend" }),
    );
    const { taskDefinition: running } = await shop.describeService("backend");
    for (const taskDefinition of taskDefinitionArns.filter((arn) => arn !== running))
      await shop.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
    const { execution } = await rollBack(shop, releases[0]?.name ?? "", "deregistered");
    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(bad));
  });

  test("a manual rollback supersedes the releases that were requested before it and still wait", async () => {
    const waiting = await shop.startRelease("f".repeat(40));
    await shop.waitForState(waiting, "Build image");
    const { execution } = await rollBack(shop, releases[1]?.name ?? "", "superseding");
    expect(execution.status).toBe("SUCCEEDED");
    expect(statesOf(await shop.waitForEnd(waiting)).at(-1)).toBe("Superseded");
    expect(await shop.runningCommits()).toEqual(onEveryService(good));
  });

  test("a manual rollback is refused when the registry has lost an image", async () => {
    const record = releases[0] && (await shop.record(releases[0]));
    const ecr = new ECRClient(shop.rehearsal.aws.clientConfig());
    const imageDigest = record?.images?.["backend"];
    await ecr.send(new BatchDeleteImageCommand({ repositoryName: "shop/backend", imageIds: [{ imageDigest }] }));
    ecr.destroy();
    const running = await shop.runningCommits();
    const { execution } = await rollBack(shop, releases[0]?.name ?? "", "deleted");
    expect(reasonOf(execution)).toContain("IMAGE_NOT_FOUND");
    expect(await shop.runningCommits()).toEqual(running);
  });
});
