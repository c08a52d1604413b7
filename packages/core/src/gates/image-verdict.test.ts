import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ImageGate } from "../config/gates.ts";
import type { ImageConfig } from "./image-manifest.ts";
import type { ImageUse } from "./image-uses.ts";
import { judgeImage, type ImagePolicy, type PlatformImage } from "./image-verdict.ts";

const arm = { os: "linux", architecture: "arm64" };
const amd = { os: "linux", architecture: "amd64" };

function image(sizeBytes: number, config: Partial<ImageConfig> = {}): PlatformImage {
  return {
    sizeBytes,
    config: { platform: arm, user: "10001:10001", entrypoint: ["/app/server"], command: [], labels: {}, ...config },
  };
}

const web: ImageUse = { service: "web", container: "web", platform: arm, namesCommand: false };
const worker: ImageUse = { service: "worker", container: "worker", platform: amd, namesCommand: false };

type Change = { gate?: Partial<ImageGate>; uses?: readonly ImageUse[]; previousSizeBytes?: number };

function policy({ gate, uses = [web], previousSizeBytes }: Change = {}): ImagePolicy {
  return {
    gate: { user: "non-root", labels: [], ...gate },
    uses,
    ...(previousSizeBytes !== undefined && { previousSizeBytes }),
  };
}

const codesOf = (images: readonly PlatformImage[], change: Change = {}) =>
  judgeImage(images, policy(change)).problems.map(({ code }) => code);

describe("passes", () => {
  const gate = { maximumMegabytes: 50, maximumGrowthPercent: 10 };
  test.each<{ name: string; images: PlatformImage[]; change?: Change }>([
    { name: "an image of exactly the budget", images: [image(50_000_000)], change: { gate } },
    {
      name: "growth of exactly the limit",
      images: [image(110_000_000)],
      change: { gate: { maximumGrowthPercent: 10 }, previousSizeBytes: 100_000_000 },
    },
    { name: "an image that shrank", images: [image(1)], change: { gate, previousSizeBytes: 100_000_000 } },
    { name: "a user by name", images: [image(1, { user: "app" })] },
    { name: "a user whose group alone is root's", images: [image(1, { user: "10001:0" })] },
    { name: "root where any user is permitted", images: [image(1, { user: "" })], change: { gate: { user: "any" } } },
    { name: "a CMD without an ENTRYPOINT", images: [image(1, { entrypoint: [], command: ["server"] })] },
    {
      name: "nothing to start where every task definition names a command",
      images: [image(1, { entrypoint: [] })],
      change: { uses: [{ ...web, namesCommand: true }] },
    },
    {
      name: "an index with both platforms",
      images: [image(1), image(2, { platform: amd })],
      change: { uses: [web, worker] },
    },
    { name: "an image that no service runs", images: [image(1)], change: { uses: [] } },
    {
      name: "labels that are set",
      images: [image(1, { labels: { team: "shop" } })],
      change: { gate: { labels: ["team"] } },
    },
  ])("$name", ({ images, change }) => {
    expect(judgeImage(images, policy(change)).problems).toEqual([]);
  });
});

describe("refuses", () => {
  test.each<{ name: string; images: PlatformImage[]; change?: Change; code: string; says: (string | RegExp)[] }>([
    {
      name: "a byte more than the budget",
      images: [image(50_000_001)],
      change: { gate: { maximumMegabytes: 50 } },
      code: "IMAGE_TOO_LARGE",
      says: ["50000001 bytes", "above the limit of 50 MB", "maximumMegabytes"],
    },
    {
      name: "more growth than the limit",
      images: [image(120_000_000)],
      change: { gate: { maximumGrowthPercent: 10 }, previousSizeBytes: 100_000_000 },
      code: "IMAGE_GREW",
      says: ["20.0 %", "from 100.0 MB", "to 120.0 MB", "maximumGrowthPercent"],
    },
    {
      name: "a platform that no service can run",
      images: [image(1)],
      change: { uses: [web, worker] },
      code: "IMAGE_PLATFORM_WRONG",
      says: ["built for linux/arm64", "worker runs on linux/amd64"],
    },
    {
      name: "a scratch image without entry point and command",
      images: [image(1, { entrypoint: [] })],
      code: "IMAGE_WITHOUT_ENTRYPOINT",
      says: ["ENTRYPOINT"],
    },
    {
      name: "nothing to start where one of the task definitions names no command",
      images: [image(1, { entrypoint: [] })],
      change: { uses: [{ ...web, namesCommand: true }, web] },
      code: "IMAGE_WITHOUT_ENTRYPOINT",
      says: ["CMD"],
    },
    {
      name: "labels that are missing, empty, or only inherited by every object",
      images: [image(1, { labels: { team: "" } })],
      change: { gate: { labels: ["team", "constructor"] } },
      code: "IMAGE_LABEL_MISSING",
      says: ["team, constructor"],
    },
    {
      name: "an index of which one image runs as root, whichever image is used",
      images: [image(1), image(1, { platform: amd, user: "root" })],
      code: "IMAGE_RUNS_AS_ROOT",
      says: ["its user is root"],
    },
  ])("$name", ({ images, change, code, says }) => {
    const { problems } = judgeImage(images, policy(change));
    expect(problems.map((problem) => problem.code)).toEqual([code]);
    for (const words of says) expect(problems[0]?.message).toMatch(words);
  });

  test.each(["", "0", "root", "0:0", "root:root", "0:1000", ":1000", "00", "+0", "-0:5", " root "])(
    "the user %j as root",
    (user) => {
      expect(codesOf([image(1, { user })])).toEqual(["IMAGE_RUNS_AS_ROOT"]);
    },
  );
});

test("names every problem, size first", () => {
  const images = [image(90_000_000, { user: "", entrypoint: [], platform: amd })];
  const gate = { maximumMegabytes: 50, maximumGrowthPercent: 10, labels: ["team"] };
  expect(codesOf(images, { gate, previousSizeBytes: 40_000_000 })).toEqual([
    "IMAGE_TOO_LARGE",
    "IMAGE_GREW",
    "IMAGE_RUNS_AS_ROOT",
    "IMAGE_PLATFORM_WRONG",
    "IMAGE_WITHOUT_ENTRYPOINT",
    "IMAGE_LABEL_MISSING",
  ]);
});

describe("the size", () => {
  const both = [image(10), image(20, { platform: amd })];
  test.each([
    { name: "is that of the platform that runs", uses: [web], sizeBytes: 10 },
    { name: "is the largest of several that run", uses: [web, worker], sizeBytes: 20 },
    { name: "is the largest if the platforms are unknown", uses: [], sizeBytes: 20 },
  ])("$name", ({ uses, sizeBytes }) => {
    expect(judgeImage(both, policy({ uses }))).toMatchObject({ sizeBytes });
  });
});

describe("says what is not judged", () => {
  test("growth, where there is nothing to compare with", () => {
    const { notes, growthPercent } = judgeImage([image(1)], policy({ gate: { maximumGrowthPercent: 0 } }));
    expect(notes).toEqual([expect.stringContaining("growth is not judged")]);
    expect(growthPercent).toBeUndefined();
  });

  test("the platform, where the task definition names none", () => {
    const { platform: _platform, ...anywhere } = worker;
    const { notes, problems } = judgeImage([image(1)], policy({ uses: [web, anywhere] }));
    expect(notes).toEqual([expect.stringMatching(/platform is not judged for worker/)]);
    expect(problems).toEqual([]);
  });
});

describe("laws", () => {
  const bytes = fc.integer({ min: 1, max: 2_000_000_000 });
  const sizeGate = fc.record({
    maximumMegabytes: fc.double({ min: 1, max: 2000, noNaN: true }),
    maximumGrowthPercent: fc.double({ min: 0, max: 1000, noNaN: true }),
  });

  test("a larger image has every problem that a smaller one has", () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, sizeGate, (one, other, previousSizeBytes, gate) => {
        const [smaller, larger] = one < other ? [one, other] : [other, one];
        const ofLarger = codesOf([image(larger)], { gate, previousSizeBytes });
        expect(ofLarger).toEqual(expect.arrayContaining(codesOf([image(smaller)], { gate, previousSizeBytes })));
      }),
    );
  });

  test("a stricter budget never lets more pass", () => {
    fc.assert(
      fc.property(bytes, sizeGate, sizeGate, (sizeBytes, one, other) => {
        const strict = {
          maximumMegabytes: Math.min(one.maximumMegabytes, other.maximumMegabytes),
          maximumGrowthPercent: Math.min(one.maximumGrowthPercent, other.maximumGrowthPercent),
        };
        const change = { previousSizeBytes: 1_000_000 };
        expect(codesOf([image(sizeBytes)], { gate: strict, ...change })).toEqual(
          expect.arrayContaining(codesOf([image(sizeBytes)], { gate: one, ...change })),
        );
      }),
    );
  });

  test("another image in an index removes no problem but that of the platform", () => {
    const config = fc.record({
      platform: fc.constantFrom(arm, amd),
      user: fc.constantFrom("", "0", "root", "app", "10001"),
      entrypoint: fc.constantFrom([], ["/app/server"]),
      labels: fc.constantFrom({}, { team: "shop" }),
    });
    fc.assert(
      fc.property(config, config, (one, other) => {
        const change = { gate: { labels: ["team"] }, uses: [web, worker] };
        const alone = codesOf([image(1, one)], change).filter((code) => code !== "IMAGE_PLATFORM_WRONG");
        expect(codesOf([image(1, one), image(1, other)], change)).toEqual(expect.arrayContaining(alone));
      }),
    );
  });
});
