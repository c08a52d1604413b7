import { describe, expect, it } from "vitest";
import { randomSequence } from "../../world/random.ts";
import type { BuildRule } from "../../scenario/scenario.ts";
import {
  accountId,
  buildVariables,
  region,
  sha,
  shopBuilds,
  startBuildWorld,
} from "../../services/codebuild/builds.fixture.ts";
import type { BuildEvent } from "../engine.ts";
import { emptyBuilds } from "./build-recipe.ts";
import { simulatedBuilds } from "./builds.ts";

type Ended = { events: BuildEvent[]; exported: Readonly<Record<string, string>>; log: string[]; seconds: number };

/** An engine with a registry that has the repository `shop/backend`. */
async function engine(rules: BuildRule[] = [], seed = 1, recipe = shopBuilds) {
  const { clock, images } = await startBuildWorld();
  const builds = simulatedBuilds({ clock, random: randomSequence(seed), images, region, accountId, recipe, rules });

  async function build(changes: Record<string, string> = {}): Promise<Ended> {
    const events: BuildEvent[] = [];
    const log: string[] = [];
    const startedAt = clock.now();
    const environment = { ...buildVariables, ...changes };
    builds.start(
      {
        buildId: "shop:1",
        project: "shop",
        sourceVersion: sha,
        environment,
        source: { fetchesSubmodules: false, gitCredentials: false },
        log: (lines) => log.push(...lines),
      },
      (event) => events.push(event),
    );
    await clock.runUntil(() => events.at(-1)?.type === "ended");
    const end = events.at(-1);
    return {
      events,
      exported: end?.type === "ended" ? end.exported : {},
      log,
      seconds: (clock.now() - startedAt) / 1000,
    };
  }
  return { build, images };
}

const failures = ({ events }: Ended) => events.filter((event) => event.type === "failed");
const commit = (digit: string) => digit.repeat(40);

describe("a simulated build", () => {
  it("pushes the recipe's image, and exports the recipe's variables", async () => {
    const { build, images } = await engine();
    const { exported } = await build();
    const image = images.find("shop/backend", sha);
    expect(image).toMatchObject({ revision: sha, tags: [sha], annotations: { "shop.build": "1" } });
    expect(exported).toEqual({ DIGEST: image?.digest, OUTCOME: "built" });
  });

  it("succeeds and pushes nothing by the default recipe", async () => {
    const { build, images } = await engine([], 1, emptyBuilds);
    const ended = await build();
    expect(failures(ended)).toEqual([]);
    expect(ended.exported).toEqual({});
    expect(images.find("shop/backend", sha)).toBeUndefined();
  });

  it("takes about a minute and twenty seconds", async () => {
    const { seconds } = await (await engine()).build();
    expect(seconds).toBeGreaterThan(70);
    expect(seconds).toBeLessThan(90);
  });

  it("pushes the same image for the same seed only", async () => {
    const digests = await Promise.all(
      [1, 1, 2].map(async (seed) => (await (await engine([], seed)).build()).exported["DIGEST"]),
    );
    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).not.toBe(digests[2]);
  });

  it("takes the recipe's time when the recipe defines one", async () => {
    const { build } = await engine();
    const first = await build();
    const { exported, seconds } = await build();
    expect(exported).toEqual({ ...first.exported, OUTCOME: "adopted" });
    expect(seconds).toBeLessThan(30);
  });

  it("fails in BUILD when the repository does not exist", async () => {
    const ended = await (await engine()).build({ REPOSITORY: "shop/missing" });
    expect(failures(ended)).toMatchObject([{ status: "FAILED", statusCode: "COMMAND_EXECUTION_ERROR" }]);
    expect(ended.exported).toEqual({});
  });

  it.each([
    ["PRE_BUILD", { ...shopBuilds, preBuild: () => "the variables are wrong" }],
    ["BUILD", { ...shopBuilds, build: () => ({ fails: "the variables are wrong" }) }],
  ])("fails in %s when the recipe's commands fail, and logs their message", async (phase, recipe) => {
    const { build, images } = await engine([], 1, recipe);
    const ended = await build();
    const at = ended.events.findIndex(({ type }) => type === "failed");
    expect(ended.events[at - 1]).toEqual({ type: "phase", phase });
    expect(ended.log).toContain("the variables are wrong");
    expect(images.find("shop/backend", sha)).toBeUndefined();
  });
});

describe("rules", () => {
  it("match image and commit, and the first matching rule applies", async () => {
    const { build, images } = await engine([
      { image: "frontend", sizeBytes: 10_000_000 },
      { commit: "aaaa", sizeBytes: 20_000_000 },
      { sizeBytes: 30_000_000 },
      { sizeBytes: 40_000_000 },
    ]);
    const size = async (changes: { IMAGE?: string; COMMIT: string }) => {
      await build(changes);
      return images.find("shop/backend", changes.COMMIT)?.sizeBytes;
    };
    expect(await size({ IMAGE: "frontend", COMMIT: commit("a") })).toBe(10_000_000);
    expect(await size({ COMMIT: commit("b") })).toBe(30_000_000);
    expect(await size({ COMMIT: `aaaa${"0".repeat(36)}` })).toBe(20_000_000);
  });

  it("apply to a limited number of builds", async () => {
    const { build } = await engine([{ times: 1, fails: { phase: "BUILD", message: "out of disk" } }]);
    const ended = await build();
    expect(failures(ended)).toHaveLength(1);
    expect(ended.log).toContain("out of disk");
    expect(failures(await build())).toEqual([]);
  });

  it("make a build push an index with the image and an attestation", async () => {
    const { build, images } = await engine([{ sizeBytes: 7_000_000, makes: { attested: true } }]);
    const first = await build();
    const index = images.find("shop/backend", sha);
    expect(index).toMatchObject({
      mediaType: "application/vnd.oci.image.index.v1+json",
      sizeBytes: 7_000_000,
      revision: sha,
    });
    expect(first.exported).toMatchObject({ DIGEST: index?.digest });
    expect((await build()).exported).toEqual({ ...first.exported, OUTCOME: "adopted" });
  });

  it("define the queue time and the duration of a build", async () => {
    const quick = await (await engine([{ queuedSeconds: 0, seconds: 1 }])).build();
    const slow = await (await engine([{ queuedSeconds: 100, seconds: 1001 }])).build();
    expect(slow.seconds - quick.seconds).toBe(1100);
  });

  it.each([
    ["DOWNLOAD_SOURCE", undefined, "CLIENT_ERROR", "no"],
    ["BUILD", undefined, "COMMAND_EXECUTION_ERROR", "Error while executing command: ./build.sh. Reason: exit status 1"],
    ["BUILD", "FAULT", "INTERNAL_SERVICE_ERROR", "no"],
    ["BUILD", "TIMED_OUT", "BUILD_TIMED_OUT", "no"],
  ] as const)("fail a build in %s as %s", async (phase, status, statusCode, message) => {
    const { build, images } = await engine([
      { fails: { phase, message: "no", ...(status !== undefined && { status }) }, log: ["why not"] },
    ]);
    const ended = await build();
    expect(failures(ended)).toEqual([{ type: "failed", status: status ?? "FAILED", statusCode, message }]);
    expect(ended.log).toContain("why not");
    expect(images.find("shop/backend", sha)).toBeUndefined();
  });

  it("that fail POST_BUILD leave the image in the registry, and the next attempt adopts it", async () => {
    const { build, images } = await engine([{ times: 1, fails: { phase: "POST_BUILD", message: "no" } }]);
    expect((await build()).exported).toEqual({});
    const digest = images.find("shop/backend", sha)?.digest;
    expect((await build()).exported["DIGEST"]).toBe(digest);
  });
});
