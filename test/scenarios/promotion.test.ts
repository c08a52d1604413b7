import { BatchDeleteImageCommand, BatchGetImageCommand, ECRClient } from "@aws-sdk/client-ecr";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import { simulatedImage } from "@lockmaster/local-aws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readMetrics } from "./metrics.fixture.ts";
import { expectRecovered } from "./recovery.fixture.ts";
import {
  commits,
  onEveryService,
  openScenario,
  openShop,
  reasonOf,
  type Release,
  statesOf,
  type Shop,
} from "./shop.fixture.ts";

const repository = "acme/shop";
const { first, good, better } = commits;
const crash = { kind: "crash", afterSeconds: 4, exitCode: 1, log: ["Error: no database"] } as const;

function productionOf(shop: Shop): EnvironmentConfiguration {
  const production = shop.rehearsal.configuration.repositories[repository]?.environments["production"];
  if (production === undefined) throw new Error("The demonstration shop has no production");
  return production;
}

/** Digest of the image that has a tag in the registry. */
async function digestOf(shop: Shop, image: string, tag: string): Promise<string | undefined> {
  const ecr = new ECRClient(shop.rehearsal.aws.clientConfig());
  const { images } = await ecr.send(
    new BatchGetImageCommand({ repositoryName: `shop/${image}`, imageIds: [{ imageTag: tag }] }),
  );
  ecr.destroy();
  return images?.[0]?.imageId?.imageDigest;
}

/** Deletes an image from the registry, as a lifecycle rule would. */
async function deleteImage(shop: Shop, image: string, imageDigest: string | undefined): Promise<void> {
  const ecr = new ECRClient(shop.rehearsal.aws.clientConfig());
  await ecr.send(new BatchDeleteImageCommand({ repositoryName: `shop/${image}`, imageIds: [{ imageDigest }] }));
  ecr.destroy();
}

async function releaseToStaging(shop: Shop, shas: readonly string[]): Promise<void> {
  for (const sha of shas) expect((await shop.release(sha)).execution.status).toBe("SUCCEEDED");
}

/** The shop in which each of the commits was released to staging, in this order. */
async function openVerified(shas: readonly string[], ...settings: Parameters<typeof openScenario>): Promise<Shop> {
  const shop = await openScenario(...settings);
  await releaseToStaging(shop, shas);
  return shop;
}

describe("a promotion", () => {
  test("is refused when the image does not pass production's gates", async () => {
    const shop = await openVerified([good], undefined, {
      configure: (configuration) => {
        const gates = configuration.repositories[repository]?.environments["production"]?.gates;
        if (gates !== undefined) gates.image.maximumMegabytes = 1;
        return configuration;
      },
    });
    const { execution } = await shop.promote("v1.0.0", good);

    expect(reasonOf(execution)).toContain("IMAGE_TOO_LARGE");
    expect(await shop.runningCommits(productionOf(shop))).toEqual(onEveryService(first));
  });

  test("takes the images that staging verified last, when the commit had to be built again", async () => {
    const sizes = [45_000_000, 46_000_000].map((sizeBytes) => ({ image: "backend", commit: "a", times: 1, sizeBytes }));
    const shop = await openVerified([good, better], { builds: sizes });
    const before = await digestOf(shop, "backend", good);
    await deleteImage(shop, "backend", before);
    const { release: again } = await shop.release(good);
    const verified = (await shop.record(again)).images;
    expect(verified?.["backend"]).not.toBe(before);

    const { release } = await shop.promote("v1.0.0", good);

    expect((await shop.record(release)).images).toEqual(verified);
    expect(await digestOf(shop, "backend", "v1.0.0")).toBe(verified?.["backend"]);
  });

  test("of a commit that changed no image takes the images of the commit before it", async () => {
    const token = "github_pat_11AAAAAAA0example";
    const after = (parent: string, sha: string, files: string[]) => ({ repository, sha, parent, files });
    const shop = await openVerified(
      [good, better],
      {
        github: {
          tokens: [{ token, repositories: [repository] }],
          commits: [
            { repository, sha: first, files: ["backend/main.go"] },
            after(first, good, ["backend/main.go"]),
            after(good, better, ["docs/guide.md"]),
          ],
        },
      },
      { githubCredentials: JSON.stringify({ token }) },
    );
    const { release, execution } = await shop.promote("v1.0.0", better);

    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.runningCommits(productionOf(shop))).toEqual(onEveryService(good));
    expect(await shop.builds()).toHaveLength(2);
    expect(await shop.record(release)).toMatchObject({ sha: better, builtFrom: { frontend: good, backend: good } });
  });

  test("whose tag is pushed together with the commit waits until staging has verified the commit", async () => {
    const shop = await openScenario();
    const promotion = shop.releaseOf(await shop.tag("v1.0.0", good));
    const upstream = await shop.startRelease(good);
    const execution = await shop.waitForEnd(promotion);

    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.record(promotion)).toMatchObject({
      promotedFrom: { environment: "staging", release: upstream.name },
    });
    expect(execution.history.length).toBeLessThan(300);
  });
});

test("tags of which GitHub sent no event, as for more than three in one push, are reported", async () => {
  const token = "github_pat_11AAAAAAA0example";
  const tags = [good, better, first].map((sha, index) => ({ repository, sha, name: `v1.${index}.0` }));
  const shop = await openVerified(
    [good, better],
    { github: { tokens: [{ token, repositories: [repository] }], tags } },
    { githubCredentials: JSON.stringify({ token }) },
  );
  await shop.promote("v1.0.0", good);
  const reported = async () =>
    (await readMetrics(shop)).findLast(({ metric }) => metric === "TagsWithoutRelease")?.value;

  await shop.clock.advance(16 * 60_000);
  // Both versions that are newer than v1.0.0, which production runs.
  expect(await reported()).toBe(2);
  expect(await shop.runningCommits(productionOf(shop))).toEqual(onEveryService(good));

  await shop.promote("v1.1.0", better);
  await shop.clock.advance(11 * 60_000);
  expect(await reported()).toBe(1);
});

describe("a tag on a commit after which another one is pushed", () => {
  test("takes the commit to production, since its release to staging is not superseded; the newer commit follows", async () => {
    const shop = await openScenario();
    const upstream = await shop.startRelease(good);
    const promotion = shop.releaseOf(await shop.tag("v1.0.0", good));
    await shop.clock.advance(30_000);
    const newer = await shop.startRelease(better);

    expect((await shop.waitForEnd(promotion)).status).toBe("SUCCEEDED");
    expect((await shop.record(upstream)).status).toBe("succeeded");
    expect(await shop.runningCommits(productionOf(shop))).toEqual(onEveryService(good));
    expect((await shop.waitForEnd(newer)).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
    expect(await shop.promote("v1.0.1", better)).toMatchObject({ execution: { status: "SUCCEEDED" } });
  });

  test("does not keep the newer commit waiting, when that one is built first", async () => {
    const shop = await openScenario({ builds: [{ image: "backend", commit: "a", seconds: 1800 }] });
    const upstream = await shop.startRelease(good);
    const promotion = shop.releaseOf(await shop.tag("v1.0.0", good));
    await shop.clock.advance(30_000);
    const newer = await shop.release(better);

    expect(newer.execution.status).toBe("SUCCEEDED");
    expect(shop.execution(upstream).status).toBe("RUNNING");
    expect(reasonOf(await shop.waitForEnd(promotion))).toContain(
      `${good} was not deployed to staging: release ${upstream.name} was superseded there by ${newer.release.name}`,
    );
    expect(await shop.runningCommits()).toEqual(onEveryService(better));
  });

  test("is refused when it comes too late; the tag that the message names works", async () => {
    const shop = await openScenario();
    const upstream = await shop.startRelease(good);
    await shop.clock.advance(30_000);
    const newer = await shop.startRelease(better);
    const { execution } = await shop.promote("v1.0.0", good);

    const reason = reasonOf(execution);
    expect(reason).toContain(`release ${upstream.name} was superseded there by ${newer.name} of commit ${better}`);
    const [, sha = ""] = /Tag ([0-9a-f]{40}) with a new version/.exec(reason) ?? [];
    expect((await shop.promote("v1.0.1", sha)).execution.status).toBe("SUCCEEDED");
    expect(await shop.runningCommits(productionOf(shop))).toEqual(onEveryService(better));
  });
});

test("a promotion succeeds although an image was deleted before it got its version tag, and records that", async () => {
  const shop = await openVerified([good]);
  const release = shop.releaseOf(await shop.tag("v1.0.0", good));
  await shop.waitForState(release, "Finish release");
  const { images } = await shop.record(release);
  await deleteImage(shop, "backend", images?.["backend"]);

  expect((await shop.waitForEnd(release)).status).toBe("SUCCEEDED");
  const record = await shop.record(release);
  expect(record).toMatchObject({ status: "succeeded", abandoned: [expect.stringContaining("VERSION_TAG_NOT_SET")] });
  expect(record).not.toHaveProperty("pending");
  expect(await digestOf(shop, "frontend", "v1.0.0")).toBe(images?.["frontend"]);
  await shop.clock.advance(10 * 60_000);
  await expectRecovered(shop);
});

/** Tags a commit, and expects that the promotion is refused before it changes anything. @returns the reason */
async function refusalOf(shop: Shop, tag: string, sha: string): Promise<string> {
  const running = await shop.runningCommits(productionOf(shop));
  const { execution } = await shop.promote(tag, sha);
  expect(execution.status).toBe("FAILED");
  expect(statesOf(execution).at(-1)).toBe("Plan");
  expect(await shop.runningCommits(productionOf(shop))).toEqual(running);
  return reasonOf(execution);
}

describe("a promotion is refused", () => {
  test("when the commit was never verified; once it is, a Redrive continues", async () => {
    const shop = await openScenario();
    const { release, execution } = await shop.promote("v1.0.0", good);
    expect(reasonOf(execution)).toContain(`UPSTREAM_UNVERIFIED: ${good} was never released to staging`);
    expect(await shop.runningCommits(productionOf(shop))).toEqual(onEveryService(first));

    await shop.release(good);
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits(productionOf(shop))).toEqual(onEveryService(good));
  });

  test("when the commit failed in staging after it had been verified", async () => {
    const backend = { service: "backend", cluster: "shop-staging", commit: "a" };
    const shop = await openVerified([good, better], {
      tasks: [
        { ...backend, times: 2 },
        { ...backend, fate: { ...crash, log: [...crash.log] } },
      ],
    });
    const { release } = await shop.release(good);
    expect((await shop.record(release)).status).toBe("rolled-back");

    const reason = await refusalOf(shop, "v1.0.0", good);

    expect(reason).toContain("UPSTREAM_UNVERIFIED");
    expect(reason).toContain(`failed in staging with release ${release.name}: CONTAINER_EXITED`);
  });

  test("when no task of the commit ever ran", async () => {
    const shop = await openVerified([good], {}, { shop: { desiredCount: 0 } });
    expect(await refusalOf(shop, "v1.0.0", good)).toContain("ran no task in staging");
  });

  test("when the commit's release to staging failed before it changed anything", async () => {
    const shop = await openScenario({
      builds: [{ image: "backend", times: 1, fails: { phase: "BUILD", message: "tests failed" } }],
    });
    const { release } = await shop.release(good);

    expect(await refusalOf(shop, "v1.0.0", good)).toContain(`${release.name} failed before`);
  });

  test("when the commit's release to staging takes too long; a Redrive waits for it again", async () => {
    const shop = await openScenario(
      { builds: [{ image: "backend", seconds: 3 * 3600 }] },
      {
        configure: (configuration) => {
          const image = configuration.repositories[repository]?.images["backend"];
          if (image !== undefined) image.timeoutMinutes = 480;
          return configuration;
        },
      },
    );
    const upstream = await shop.startRelease(good);
    const { release, execution } = await shop.promote("v1.0.0", good);
    expect(reasonOf(execution)).toContain(`UPSTREAM_DEADLINE_EXCEEDED: release ${upstream.name}`);
    expect(execution.history.length).toBeLessThan(500);
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
  });
});

describe("after the promotion of v1.2.0", () => {
  let shop: Shop;
  let promotion: Awaited<ReturnType<Shop["promote"]>>;
  let built: readonly string[];
  beforeAll(async () => {
    shop = await openShop();
    await releaseToStaging(shop, [good, better]);
    built = await shop.builds();
    promotion = await shop.promote("v1.2.0", good);
  });
  afterAll(() => shop.close());

  /** Starts an execution as an operator does in the console, and waits until it has ended. */
  async function startPromotion(name: string, change: object) {
    const input = {
      kind: "promote",
      repository,
      environment: "production",
      ref: "refs/tags/v2.0.0",
      sha: better,
      requestedBy: { kind: "operator", name: "ops" },
      requestedAt: new Date(shop.clock.now()).toISOString(),
      ...change,
    };
    return shop.waitForEnd(await shop.startExecution(name, input));
  }

  /** Expects that the registry has the release's images under a version tag. */
  async function expectTagged(tag: string, release: Release): Promise<void> {
    const { images } = await shop.record(release);
    for (const image of ["frontend", "backend"]) expect(await digestOf(shop, image, tag)).toBe(images?.[image]);
  }

  test("production runs the images that staging verified, which have the version as a tag", async () => {
    const { release, execution } = promotion;
    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.runningCommits(productionOf(shop))).toEqual(onEveryService(good));
    expect(await shop.builds()).toEqual(built);
    expect(await shop.record(release)).toMatchObject({
      kind: "promote",
      status: "succeeded",
      sha: good,
      builtFrom: { frontend: good, backend: good },
      promotedFrom: { environment: "staging" },
    });
    await expectTagged("v1.2.0", release);
    await expectTagged(good, release);
  });

  test("the same tag on another commit is refused", async () => {
    expect(await refusalOf(shop, "v1.2.0", better)).toContain("VERSION_TAG_TAKEN: the tag v1.2.0 was moved");
  });

  test.each(["v1.1.9", "v1.2.0-rc.1", "v1.2.0+other"])("%s is refused as older", async (tag) => {
    expect(await refusalOf(shop, tag, better)).toContain("VERSION_OLDER");
  });

  test("a tag is refused when the registry has another image with this version", async () => {
    const created = new Date("2026-01-01T00:00:00Z");
    const foreign = simulatedImage({ revision: first, created, sizeBytes: 1_000_000, salt: "another" });
    shop.rehearsal.aws.images.push({ repository: "shop/backend", tags: ["v1.3.0"], ...foreign });
    expect(await refusalOf(shop, "v1.3.0", better)).toContain(
      "VERSION_TAG_TAKEN: the registry has this version tag on other images",
    );
  });

  test.each([
    { what: "a branch that production does not follow", change: { kind: "deploy", ref: "refs/heads/main" } },
    { what: "a branch as a promotion", change: { ref: "refs/heads/main" } },
    { what: "a tag of another pattern", change: { ref: "refs/tags/nightly" } },
    { what: "a tag for an environment that follows a branch", change: { environment: "staging" } },
  ])("an operator's execution with $what is refused", async ({ what, change }) => {
    const running = await shop.runningCommits(productionOf(shop));
    const execution = await startPromotion(what.replaceAll(" ", "-"), change);

    expect(reasonOf(execution)).toMatch(/^InvalidInputError: INPUT_INVALID: (input\.)?ref: /);
    expect(await shop.runningCommits(productionOf(shop))).toEqual(running);
  });

  test("an operator's execution promotes as a tag does", async () => {
    expect((await startPromotion("by-hand", {})).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits(productionOf(shop))).toEqual(onEveryService(better));
  });

  test("an annotated tag promotes as a lightweight tag does", async () => {
    const { release, execution } = await shop.promote("v3.0.0", better, { annotated: true });
    expect(execution.status).toBe("SUCCEEDED");
    await expectTagged("v3.0.0", release);
  });
});

test("a promotion that fails in production is rolled back there, and its images get no version tag", async () => {
  const shop = await openVerified([good], {
    tasks: [{ service: "backend", cluster: "shop-production", commit: "a", fate: { ...crash, log: [...crash.log] } }],
  });
  const { release, execution } = await shop.promote("v1.0.0", good);

  expect(reasonOf(execution)).toContain("CONTAINER_EXITED");
  expect((await shop.record(release)).status).toBe("rolled-back");
  expect(await shop.runningCommits(productionOf(shop))).toEqual(onEveryService(first));
  expect(await digestOf(shop, "backend", "v1.0.0")).toBeUndefined();
});
