import { readFile } from "node:fs/promises";
import type { StoredImage } from "@lockmaster/local-aws";
import { describe, expect, test } from "vitest";
import { buildKey } from "./build-variables.ts";
import { buildCommandOf, buildKeyAnnotation, lockmasterBuilds } from "./recipe.ts";

const [region, accountId] = ["us-east-1", "111122223333"];
const registry = `${accountId}.dkr.ecr.${region}.amazonaws.com`;
const sha = "0123456789abcdef0123456789abcdef01234567";

/** The variables that `start-build` gives to a build. */
const variables = {
  LOCKMASTER_REPOSITORY: "acme/shop",
  LOCKMASTER_IMAGE: "backend",
  LOCKMASTER_SHA: sha,
  LOCKMASTER_REF: "refs/heads/main",
  LOCKMASTER_ATTEMPT: "1",
  LOCKMASTER_CONTEXT: "backend",
  LOCKMASTER_DOCKERFILE: "Dockerfile",
  LOCKMASTER_TARGET: "",
  LOCKMASTER_TEST_TARGET: "test",
  LOCKMASTER_PLATFORM: "linux/arm64",
  LOCKMASTER_REPOSITORY_URI: `${registry}/shop/backend`,
  LOCKMASTER_CACHE_REPOSITORY_URI: `${registry}/shop/backend-cache`,
  LOCKMASTER_SOURCE_URL: "https://github.com/acme/shop",
};
const check = { LOCKMASTER_CHECK: "true" };

const image: StoredImage = {
  repository: "shop/backend",
  digest: `sha256:${"a".repeat(64)}`,
  tags: [sha],
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  sizeBytes: 48_000_000,
  pushedAt: 0,
  annotations: { [buildKeyAnnotation]: buildKey(variables) },
};
const exported = (outcome: string) => ({
  LOCKMASTER_DIGEST: image.digest,
  LOCKMASTER_SIZE_BYTES: "48000000",
  LOCKMASTER_OUTCOME: outcome,
});

/** A build with changed variables, in a registry that has these images. */
function input(changes: Record<string, string> = {}, stored: readonly StoredImage[] = []) {
  const find = (repository: string, tag: string) =>
    stored.find((one) => one.repository === repository && one.tags.includes(tag));
  const source = { emptySubmodules: [], lfsPointers: [], gitCredentials: false };
  return { environment: { ...variables, ...changes }, region, accountId, images: { find }, source };
}

describe("a commit with submodules and files of Git LFS", () => {
  const source = { emptySubmodules: ["backend/proto"], lfsPointers: ["backend/model.bin"], gitCredentials: true };
  const problem = (changes: Record<string, string>, of: Partial<typeof source> = {}) =>
    lockmasterBuilds.preBuild({ ...input(changes), source: { ...source, ...of } });
  const lfs = { LOCKMASTER_LFS: "true" };

  test("fails in PRE_BUILD when these are in the context and the project does not fetch them", () => {
    expect(problem({})).toContain("The submodule backend/proto is not fetched");
    expect(problem({}, { emptySubmodules: [] })).toContain("backend/model.bin is a pointer of Git LFS");
    expect(problem({ LOCKMASTER_CONTEXT: "." })).toContain("backend/proto");
    expect(problem({ LOCKMASTER_CONTEXT: "back" })).toBeUndefined();
  });

  test("builds when it does; Git LFS needs the credentials of the source", () => {
    expect(problem({ ...lfs, LOCKMASTER_SUBMODULES: "true" })).toBeUndefined();
    expect(problem(lfs, { emptySubmodules: [] })).toBeUndefined();
    expect(problem(lfs, { emptySubmodules: [], gitCredentials: false })).toContain("Git LFS cannot fetch");
  });
});

describe("a build", () => {
  test("pushes an image of the commit under the commit, and exports digest and size", () => {
    const work = lockmasterBuilds.build(input());
    if (!("pushes" in work)) throw new TypeError("The build pushes no image.");

    expect(lockmasterBuilds.preBuild(input())).toBeUndefined();
    expect(work.pushes).toMatchObject({ repository: "shop/backend", tag: sha, revision: sha, platform: "linux/arm64" });
    expect(work.exports(image)).toEqual(exported("built"));
  });

  test("adopts the image that an earlier attempt pushed, within a second", () => {
    const again = input({ LOCKMASTER_ATTEMPT: "2" }, [image]);
    expect(lockmasterBuilds.preBuild(again)).toBeUndefined();
    expect(lockmasterBuilds.build(again)).toEqual({ exports: exported("adopted"), seconds: 1 });
  });

  test.each([{ LOCKMASTER_TARGET: "other" }, { LOCKMASTER_PLATFORM: "linux/amd64" }, { LOCKMASTER_IMAGE: "frontend" }])(
    "does not adopt the image of another kind of build: %j",
    (changes) => {
      expect(lockmasterBuilds.preBuild(input(changes, [image]))).toContain(
        `The tag ${sha} is taken by ${image.digest}`,
      );
    },
  );

  test.each([
    [{ LOCKMASTER_SHA: "main" }, "LOCKMASTER_SHA is not a commit"],
    [{ LOCKMASTER_PLATFORM: "linux/amd64,linux/arm64" }, "LOCKMASTER_PLATFORM is not one platform"],
    [{ LOCKMASTER_REPOSITORY_URI: "docker.io/shop/backend" }, "is not in the registry"],
    [{ LOCKMASTER_SOURCE_URL: "" }, "LOCKMASTER_SOURCE_URL: parameter null or not set"],
    [{ LOCKMASTER_LFS: "yes" }, "LOCKMASTER_LFS is not what"],
    [{ LOCKMASTER_LOGINS: "docker.io" }, "LOCKMASTER_LOGINS is not what"],
    [{ LOCKMASTER_BASE_REGISTRIES: "docker.io" }, "LOCKMASTER_BASE_REGISTRIES is not what"],
    [{ LOCKMASTER_CHECK: "yes" }, "LOCKMASTER_CHECK is neither true nor empty"],
    [{ ...check, LOCKMASTER_TEST_TARGET: "" }, "LOCKMASTER_TEST_TARGET: parameter null or not set"],
  ])("fails in PRE_BUILD with %j", (changes, problem) => {
    expect(lockmasterBuilds.preBuild(input(changes))).toContain(problem);
    expect(lockmasterBuilds.build(input(changes))).toEqual({ fails: expect.stringContaining(problem) });
  });
});

test("a check build pushes nothing, and adopts nothing", () => {
  for (const stored of [[], [image], [{ ...image, annotations: {} }]]) {
    expect(lockmasterBuilds.preBuild(input(check, stored))).toBeUndefined();
    expect(lockmasterBuilds.build(input(check, stored))).toEqual({ exports: { LOCKMASTER_OUTCOME: "tested" } });
  }
});

test("scenario rules match the image and the commit of the variables", () => {
  expect(lockmasterBuilds.subject(variables)).toEqual({ image: "backend", commit: sha });
});

test("the command that CodeBuild repeats is the whole command of buildspec.yml", async () => {
  const buildspec = await readFile(new URL("../../../../buildspec.yml", import.meta.url), "utf8");
  const command = buildCommandOf(buildspec);
  expect(command.split("\n")[0]).toBe("bash -euo pipefail /dev/fd/3 3<< 'SCRIPT'");
  expect(command.split("\n").at(-1)).toBe("SCRIPT");
  expect(lockmasterBuilds.log?.(["no space"], 1)).toEqual([
    ...[...command.matchAll(/printf '(\[Lockmaster\].*)\\n'/g)].map(([, line]) => line),
    "no space",
    ...[...command.matchAll(/printf "(\[Lockmaster\].*)\\n"/g)].map(([, line]) => line?.replace("%s", "1")),
  ]);
});
