import { BatchDeleteImageCommand, BatchGetImageCommand, ECRClient } from "@aws-sdk/client-ecr";
import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import { simulatedImage } from "@lockmaster/local-aws";
import { describe, expect, test } from "vitest";
import { expectRecovered } from "./recovery.fixture.ts";
import { onEveryService, commits, openScenario, reasonOf, statesOf, type Shop } from "./shop.fixture.ts";

const repository = "acme/shop";
const { first, good, better } = commits;
const crash = { kind: "crash", afterSeconds: 4, exitCode: 1, log: ["Error: no database"] } as const;

function productionOf(shop: Shop): EnvironmentConfiguration {
  const production = shop.rehearsal.configuration.repositories[repository]?.environments["production"];
  if (production === undefined) throw new Error("The demonstration shop has no production");
  return production;
}

/** Digest that a tag of an image stands for in the registry. */
async function tagged(shop: Shop, image: string, tag: string): Promise<string | undefined> {
  const ecr = new ECRClient(shop.rehearsal.aws.clientConfig());
  const { images } = await ecr.send(
    new BatchGetImageCommand({ repositoryName: `shop/${image}`, imageIds: [{ imageTag: tag }] }),
  );
  ecr.destroy();
  return images?.[0]?.imageId?.imageDigest;
}

/** Deletes an image from the registry, as a lifecycle rule would. */
async function forget(shop: Shop, image: string, imageDigest: string | undefined): Promise<void> {
  const ecr = new ECRClient(shop.rehearsal.aws.clientConfig());
  await ecr.send(new BatchDeleteImageCommand({ repositoryName: `shop/${image}`, imageIds: [{ imageDigest }] }));
  ecr.destroy();
}

/** The shop in which each of the commits was released to staging, in this order. */
async function openVerified(shas: readonly string[], ...settings: Parameters<typeof openScenario>): Promise<Shop> {
  const shop = await openScenario(...settings);
  for (const sha of shas) expect((await shop.release(sha)).execution.status).toBe("SUCCEEDED");
  return shop;
}

/** The shop whose releases to staging take longer than a promotion waits. */
function openSlow(): Promise<Shop> {
  return openScenario(
    { builds: [{ image: "backend", seconds: 3 * 3600 }] },
    {
      configure: (configuration) => {
        const image = configuration.repositories[repository]?.images["backend"];
        if (image !== undefined) image.timeoutMinutes = 480;
        return configuration;
      },
    },
  );
}

describe("a tag", () => {
  test.each([{ annotated: false }, { annotated: true }])(
    "takes what staging has verified to production, and names the images by it: %j",
    async (options) => {
      const shop = await openVerified([good]);
      const { release, execution } = await shop.promote("v1.0.0", good, options);

      expect(execution.status).toBe("SUCCEEDED");
      expect(await shop.runningCommits(productionOf(shop))).toEqual(onEveryService(good));
      expect(await shop.builds()).toHaveLength(2);
      const record = await shop.record(release);
      expect(record).toMatchObject({
        kind: "promote",
        status: "succeeded",
        sha: good,
        builtFrom: { frontend: good, backend: good },
        promotedFrom: { environment: "staging" },
      });
      for (const image of ["frontend", "backend"]) {
        expect(await tagged(shop, image, "v1.0.0")).toBe(record.images?.[image]);
        expect(await tagged(shop, image, good)).toBe(record.images?.[image]);
      }
    },
  );

  test("is judged again, by what production asks of images", async () => {
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

  test("takes what was verified last, when the commit had to be built anew", async () => {
    const sizes = [45_000_000, 46_000_000].map((sizeBytes) => ({ image: "backend", commit: "a", times: 1, sizeBytes }));
    const shop = await openVerified([good, better], { builds: sizes });
    const before = await tagged(shop, "backend", good);
    await forget(shop, "backend", before);
    const { release: again } = await shop.release(good);
    const verified = (await shop.record(again)).images;
    expect(verified?.["backend"]).not.toBe(before);

    const { release } = await shop.promote("v1.0.0", good);

    expect((await shop.record(release)).images).toEqual(verified);
    expect(await tagged(shop, "backend", "v1.0.0")).toBe(verified?.["backend"]);
  });

  test("of a commit that changed no image takes what it inherited", async () => {
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

  test("that is pushed together with its commit waits until staging has verified it", async () => {
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

test("an image that is gone before it bears the version is no obstacle, and noted", async () => {
  const shop = await openVerified([good]);
  const release = shop.releaseOf(await shop.tag("v1.0.0", good));
  await shop.waitForState(release, "Finish release");
  const { images } = await shop.record(release);
  await forget(shop, "backend", images?.["backend"]);

  expect((await shop.waitForEnd(release)).status).toBe("SUCCEEDED");
  const record = await shop.record(release);
  expect(record).toMatchObject({ status: "succeeded", abandoned: [expect.stringContaining("VERSION_TAG_NOT_SET")] });
  expect(record).not.toHaveProperty("pending");
  expect(await tagged(shop, "frontend", "v1.0.0")).toBe(images?.["frontend"]);
  await shop.clock.advance(10 * 60_000);
  await expectRecovered(shop);
});

describe("a tag is refused, and nothing is changed,", () => {
  /** Promotes; it must not come as far as to change anything. */
  async function refusedReason(shop: Shop, tag: string, sha: string): Promise<string> {
    const runs = await shop.runningCommits(productionOf(shop));
    const { execution } = await shop.promote(tag, sha);
    expect(execution.status).toBe("FAILED");
    expect(statesOf(execution).at(-1)).toBe("Plan");
    expect(await shop.runningCommits(productionOf(shop))).toEqual(runs);
    return reasonOf(execution);
  }

  test("when the commit was never verified; once it is, Redrive goes on", async () => {
    const shop = await openScenario();
    const { release, execution } = await shop.promote("v1.0.0", good);
    expect(reasonOf(execution)).toContain(`UPSTREAM_UNVERIFIED: ${good} was never released to staging`);
    expect(await shop.runningCommits(productionOf(shop))).toEqual(onEveryService(first));

    await shop.release(good);
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits(productionOf(shop))).toEqual(onEveryService(good));
  });

  test("when it was verified, but taken back since", async () => {
    const backend = { service: "backend", cluster: "shop-staging", commit: "a" };
    const shop = await openVerified([good, better], {
      tasks: [
        { ...backend, times: 2 },
        { ...backend, fate: { ...crash, log: [...crash.log] } },
      ],
    });
    const { release } = await shop.release(good);
    expect((await shop.record(release)).status).toBe("rolled-back");

    const reason = await refusedReason(shop, "v1.0.0", good);

    expect(reason).toContain("UPSTREAM_UNVERIFIED");
    expect(reason).toContain(`failed in staging with release ${release.name}: CONTAINER_EXITED`);
  });

  test("when no task of it ever ran", async () => {
    const shop = await openVerified([good], {}, { shop: { desiredCount: 0 } });
    expect(await refusedReason(shop, "v1.0.0", good)).toContain("ran no task in staging");
  });

  test("when its release to staging failed before it changed anything", async () => {
    const shop = await openScenario({
      builds: [{ image: "backend", times: 1, fails: { phase: "BUILD", message: "tests failed" } }],
    });
    const { release } = await shop.release(good);

    expect(await refusedReason(shop, "v1.0.0", good)).toContain(`${release.name} failed before`);
  });

  test("when its release to staging does not come to an end; once it does, Redrive goes on", async () => {
    const shop = await openSlow();
    const upstream = await shop.startRelease(good);
    const { release, execution } = await shop.promote("v1.0.0", good);
    expect(reasonOf(execution)).toContain(`UPSTREAM_DEADLINE_EXCEEDED: release ${upstream.name}`);
    expect(execution.history.length).toBeLessThan(500);

    expect((await shop.waitForEnd(upstream)).status).toBe("SUCCEEDED");
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
  });

  test("when its release to staging does not come to an end; a Redrive waits for it anew", async () => {
    const shop = await openSlow();
    await shop.startRelease(good);
    const { release, execution } = await shop.promote("v1.0.0", good);
    expect(reasonOf(execution)).toContain("UPSTREAM_DEADLINE_EXCEEDED");
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
  });

  test("when it was moved to another commit", async () => {
    const shop = await openVerified([good, better]);
    await shop.promote("v1.0.0", good);
    expect(await refusedReason(shop, "v1.0.0", better)).toContain("VERSION_TAG_TAKEN: the tag v1.0.0 was moved");
  });

  test("when the registry holds another image under the version", async () => {
    const shop = await openVerified([good]);
    const created = new Date("2026-01-01T00:00:00Z");
    const foreign = simulatedImage({ revision: first, created, sizeBytes: 1_000_000, salt: "another" });
    shop.rehearsal.aws.images.push({ repository: "shop/backend", tags: ["v1.0.0"], ...foreign });
    expect(await refusedReason(shop, "v1.0.0", good)).toContain(
      "VERSION_TAG_TAKEN: the registry has this version tag on other images",
    );
  });

  test.each(["v1.1.9", "v1.2.0-rc.1", "v1.2.0+other"])("when production runs v1.2.0 and the tag is %s", async (tag) => {
    const shop = await openVerified([good, better]);
    await shop.promote("v1.2.0", good);
    expect(await refusedReason(shop, tag, better)).toContain("VERSION_OLDER");
  });
});

/** Starts an execution as an operator would, and lets it end. */
async function byHand(shop: Shop, change: object) {
  const input = {
    kind: "promote",
    repository,
    environment: "production",
    ref: "refs/tags/v1.0.0",
    sha: good,
    requestedBy: { kind: "operator", name: "somebody" },
    requestedAt: "2026-11-20T12:00:00Z",
    ...change,
  };
  const stateMachineArn = shop.rehearsal.installation.stateMachineArn;
  const { executionArn = "" } = await shop.stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn, name: "by-hand", input: JSON.stringify(input) }),
  );
  return shop.waitForEnd({ name: "by-hand", executionArn });
}

test("an execution that was started by hand promotes as the tag would", async () => {
  const shop = await openVerified([good]);
  expect((await byHand(shop, {})).status).toBe("SUCCEEDED");
  expect(await shop.runningCommits(productionOf(shop))).toEqual(onEveryService(good));
});

test.each([
  { what: "a branch that production does not follow", change: { kind: "deploy", ref: "refs/heads/main" } },
  { what: "a branch as a promotion", change: { ref: "refs/heads/main" } },
  { what: "a tag of another pattern", change: { ref: "refs/tags/nightly" } },
  { what: "a tag to an environment that follows a branch", change: { environment: "staging" } },
])("an execution that was started by hand with $what is refused", async ({ change }) => {
  const shop = await openVerified([good]);
  const execution = await byHand(shop, change);

  expect(reasonOf(execution)).toMatch(/^InvalidInputError: INPUT_INVALID: (?:input\.)?ref: /);
  expect(await shop.runningCommits(productionOf(shop))).toEqual(onEveryService(first));
});

test("a promotion that production refutes goes back there, and its images bear no version", async () => {
  const shop = await openVerified([good], {
    tasks: [{ service: "backend", cluster: "shop-production", commit: "a", fate: { ...crash, log: [...crash.log] } }],
  });
  const { release, execution } = await shop.promote("v1.0.0", good);

  expect(reasonOf(execution)).toContain("CONTAINER_EXITED");
  expect((await shop.record(release)).status).toBe("rolled-back");
  expect(await shop.runningCommits(productionOf(shop))).toEqual(onEveryService(first));
  expect(await tagged(shop, "backend", "v1.0.0")).toBeUndefined();
});
