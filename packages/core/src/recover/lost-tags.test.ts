import { describe, expect, test } from "vitest";
import { configurationOf, threeServices } from "../config/configuration.fixture.ts";
import type { ReleaseStatus, ReleaseSummary } from "../ledger/release-record.ts";
import { newLock } from "../lock/hold-lock.ts";
import { findLostTags, type LostTagPorts } from "./lost-tags.ts";

const commit = (letter: string) => letter.repeat(40);
const { images, environments } = threeServices;
const configuration = configurationOf({
  images,
  environments: { ...environments, production: { ...environments.staging, on: { tag: "v*" }, promoteFrom: "staging" } },
});

function releaseOf(name: string, ref: string, sha: string, status: ReleaseStatus = "succeeded"): ReleaseSummary {
  return {
    id: `${name}-${ref}`,
    executionArn: `arn:${name}-${ref}`,
    startedAt: "2026-11-20T10:00:00.000Z",
    kind: name === "staging" ? "deploy" : "promote",
    repository: "acme/shop",
    environment: name,
    ref,
    sha,
    requestedBy: { kind: "github", login: "octocat" },
    requestedAt: "2026-11-20T09:59:59Z",
    policyHash: "0123",
    status,
  };
}

type World = {
  tags: readonly [name: string, sha: string][];
  production?: readonly ReleaseSummary[];
  staging?: readonly ReleaseSummary[];
  awaited?: readonly string[];
};

function portsOf({ tags, production = [], staging = [], awaited = [] }: World): LostTagPorts {
  const releases = new Map([
    ["production", production],
    ["staging", staging],
  ]);
  const repositories = ["acme/blog", "acme/shop"];
  return {
    ledger: {
      configuration: (repository) =>
        Promise.resolve(repository === "acme/shop" ? { repository, hash: "0", configuration } : undefined),
      releases: (_, name) => Promise.resolve(releases.get(name) ?? []),
      lock: (of) =>
        Promise.resolve({
          ...newLock(of.repository, of.environment),
          awaited: awaited.map((sha) => ({ sha, by: "promotion" })),
        }),
      repositoryAfter: (after = "") => Promise.resolve(repositories.find((repository) => repository > after)),
    },
    tags: { list: () => Promise.resolve(tags.map(([name, sha]) => ({ name, sha }))) },
  };
}

/** The tags that are reported by so many runs, each with the walk of the one before. */
async function reported(world: World, runs = 4): Promise<string[]> {
  const found: string[] = [];
  let walk: Awaited<ReturnType<typeof findLostTags>>["walk"] | undefined;
  for (let run = 0; run < runs; run += 1) {
    const result = await findLostTags(portsOf(world), walk);
    walk = result.walk;
    found.push(...result.lost.map(({ ref }) => ref.replace("refs/tags/", "")));
  }
  return found;
}

describe("a tag", () => {
  const runs = releaseOf("production", "refs/tags/v1.4.0", commit("a"));
  const verified = releaseOf("staging", "refs/heads/main", commit("b"));
  test.each<[string, World, string[]]>([
    [
      "with a newer version than the running one is lost",
      { tags: [["v1.5.0", commit("c")]], production: [runs] },
      ["v1.5.0"],
    ],
    ["with an older version is not", { tags: [["v1.3.0", commit("b")]], production: [runs], staging: [verified] }, []],
    ["that was released is not", { tags: [["v1.4.0", commit("a")]], production: [runs] }, []],
    [
      "whose release failed is not",
      {
        tags: [["v1.5.0", commit("b")]],
        production: [releaseOf("production", "refs/tags/v1.5.0", commit("b"), "failed"), runs],
      },
      [],
    ],
    [
      "that no environment follows is not",
      { tags: [["nightly", commit("b")]], production: [runs], staging: [verified] },
      [],
    ],
    [
      "of a verified commit is lost before the first release",
      { tags: [["v1.0.0", commit("b")]], staging: [verified] },
      ["v1.0.0"],
    ],
    [
      "of another commit is not: it may be from before Lockmaster",
      { tags: [["v1.0.0", commit("c")]], staging: [verified] },
      [],
    ],
    [
      "without a version, of a verified commit, is lost",
      { tags: [["v-next", commit("b")]], production: [runs], staging: [verified] },
      ["v-next"],
    ],
    [
      "whose promotion waits for its commit is not",
      { tags: [["v1.5.0", commit("b")]], production: [runs], awaited: [commit("b")] },
      [],
    ],
  ])("%s", async (_, world, lost) => {
    expect(await reported(world)).toEqual(lost);
  });

  test("is reported once, when it is found for the second time", async () => {
    const world: World = { tags: [["v1.5.0", commit("b")]], staging: [verified] };
    expect(await reported(world, 3)).toEqual([]);
    expect(await reported(world, 4)).toEqual(["v1.5.0"]);
    expect(await reported(world, 10)).toEqual(["v1.5.0"]);
  });
});

test("each run walks the next repository", async () => {
  const ports = portsOf({ tags: [] });
  let { walk } = await findLostTags(ports);
  const walked = [walk.after];
  for (let run = 0; run < 3; run += 1) {
    ({ walk } = await findLostTags(ports, walk));
    walked.push(walk.after);
  }
  expect(walked).toEqual(["acme/blog", "acme/shop", "acme/blog", "acme/shop"]);
});
