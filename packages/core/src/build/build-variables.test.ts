import { expect, test } from "vitest";
import type { BuildRecord } from "../ledger/build-record.ts";
import { checkRecipeOf, recipeOf } from "../config/recipe.ts";
import { attemptOf, startBuildRequest } from "./build-variables.ts";

const image = {
  context: "backend",
  dockerfile: "Dockerfile",
  repository: "shop/backend",
  paths: ["backend/**"],
  testTarget: "test",
  platform: "linux/arm64",
  timeoutMinutes: 60,
} as const;
const record: BuildRecord = {
  repository: "acme/shop",
  image: "backend",
  sha: "b".repeat(40),
  recipe: recipeOf(image),
  ref: "refs/heads/$(id);a",
  attempt: 3,
  status: "starting",
  startedAt: "2026-11-20T09:00:00Z",
  waiters: [],
  version: 1,
};
const uri = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/backend";

const request = startBuildRequest(record, { ...image, paths: [...image.paths] }, uri, "lockmaster-");

test("passes everything to CodeBuild as variables, without the empty ones", () => {
  expect(request.environment).toEqual({
    LOCKMASTER_REPOSITORY: "acme/shop",
    LOCKMASTER_IMAGE: "backend",
    LOCKMASTER_SHA: record.sha,
    LOCKMASTER_REF: "refs/heads/$(id);a",
    LOCKMASTER_ATTEMPT: "3",
    LOCKMASTER_CONTEXT: "backend",
    LOCKMASTER_DOCKERFILE: "Dockerfile",
    LOCKMASTER_TEST_TARGET: "test",
    LOCKMASTER_PLATFORM: "linux/arm64",
    LOCKMASTER_REPOSITORY_URI: uri,
    LOCKMASTER_CACHE_REPOSITORY_URI: `${uri}-cache`,
    LOCKMASTER_SOURCE_URL: "https://github.com/acme/shop",
  });
});

test("reads the attempt back from the variables", () => {
  expect(attemptOf(request.environment)).toEqual({
    repository: "acme/shop",
    image: "backend",
    sha: record.sha,
    recipe: record.recipe,
    attempt: 3,
    repositoryUri: uri,
  });
});

test("a check has its own project and LOCKMASTER_CHECK, and no target stage", () => {
  const shipped = { ...image, paths: [], target: "runtime" };
  const check: BuildRecord = { ...record, ref: "refs/pull/7/head", check: true, recipe: checkRecipeOf(shipped) };
  const { project, environment, idempotencyToken } = startBuildRequest(check, shipped, uri, "lockmaster-");

  expect(project).toMatch(/^lockmaster-check-acme-shop-/);
  expect(request.project).toMatch(/^lockmaster-acme-shop-/);
  expect(environment).toMatchObject({ LOCKMASTER_CHECK: "true", LOCKMASTER_REF: "refs/pull/7/head" });
  expect(environment).not.toHaveProperty("LOCKMASTER_TARGET");
  expect(attemptOf(environment)?.recipe).toBe(check.recipe);
  expect(idempotencyToken).not.toBe(request.idempotencyToken);
});

test("a check never has the recipe of a release, and another test stage has another recipe", () => {
  const recipes = ["test", "unit"].map((testTarget) => checkRecipeOf({ ...image, testTarget }));
  const targets = [undefined, "test", "unit"].map((target) => recipeOf({ ...image, ...(target && { target }) }));
  expect(new Set([...recipes, ...targets]).size).toBe(5);
});

test.each([
  "LOCKMASTER_REPOSITORY",
  "LOCKMASTER_IMAGE",
  "LOCKMASTER_SHA",
  "LOCKMASTER_ATTEMPT",
  "LOCKMASTER_REPOSITORY_URI",
])("a build without %s was not started by Lockmaster", (missing) => {
  expect(attemptOf({ ...request.environment, [missing]: "" })).toBeUndefined();
});

test("each attempt has its own idempotency token, which CodeBuild accepts", () => {
  const again = startBuildRequest({ ...record, version: 9 }, { ...image, paths: [] }, uri, "lockmaster-");
  const next = startBuildRequest({ ...record, attempt: 4 }, { ...image, paths: [] }, uri, "lockmaster-");

  expect(again.idempotencyToken).toBe(request.idempotencyToken);
  expect(next.idempotencyToken).not.toBe(request.idempotencyToken);
  expect(request.idempotencyToken.length).toBeLessThanOrEqual(64);
});

test.each([
  { name: "context", change: { context: "." } },
  { name: "Dockerfile", change: { dockerfile: "Dockerfile.slim" } },
  { name: "stage", change: { target: "runtime" } },
  { name: "platform", change: { platform: "linux/amd64" } },
] as const)("another $name has another recipe, in the variables too", ({ change }) => {
  const other = { ...image, paths: [], ...change };
  const { environment } = startBuildRequest(record, other, uri, "lockmaster-");

  expect(recipeOf(other)).not.toBe(record.recipe);
  expect(attemptOf(environment)?.recipe).toBe(recipeOf(other));
});

test("an image is built on a machine of its platform, whatever its project's is", () => {
  const amd64 = { ...image, paths: [], platform: "linux/amd64" as const };

  expect(request.machine).toEqual({
    type: "ARM_CONTAINER",
    image: "aws/codebuild/amazonlinux-aarch64-standard:3.0",
  });
  expect(startBuildRequest(record, amd64, uri, "lockmaster-").machine).toEqual({
    type: "LINUX_CONTAINER",
    image: "aws/codebuild/amazonlinux-x86_64-standard:5.0",
  });
});
