import { createHash } from "node:crypto";
import { checkRecipeOf, recipeOf } from "../config/recipe.ts";
import type { ImageConfiguration } from "../config/schema.ts";
import { buildMachines } from "./build-machine.ts";
import { buildProjectName, checkProjectName } from "../lib/names.ts";
import type { StartBuildRequest } from "./ports.ts";
import type { BuildKey, BuildRecord } from "../ledger/build-record.ts";

/**
 * What an attempt passes to CodeBuild: the contract with `buildspec.yml`. Empty variables are left out; the buildspec has
 * defaults for them.
 *
 * @param repositoryUri `registry/name` of the image's repository
 */
export function startBuildRequest(
  record: BuildRecord,
  image: ImageConfiguration,
  repositoryUri: string,
  projectPrefix: string,
): StartBuildRequest {
  const isCheck = record.check === true;
  const variables = {
    LOCKMASTER_REPOSITORY: record.repository,
    LOCKMASTER_IMAGE: record.image,
    LOCKMASTER_SHA: record.sha,
    LOCKMASTER_REF: record.ref,
    LOCKMASTER_ATTEMPT: String(record.attempt),
    LOCKMASTER_CONTEXT: image.context,
    LOCKMASTER_DOCKERFILE: image.dockerfile,
    LOCKMASTER_CHECK: isCheck ? "true" : "",
    LOCKMASTER_TARGET: isCheck ? "" : (image.target ?? ""),
    LOCKMASTER_TEST_TARGET: image.testTarget ?? "",
    LOCKMASTER_PLATFORM: image.platform,
    LOCKMASTER_REPOSITORY_URI: repositoryUri,
    LOCKMASTER_CACHE_REPOSITORY_URI: `${repositoryUri}-cache`,
    LOCKMASTER_SOURCE_URL: `https://github.com/${record.repository}`,
  };
  return {
    project: projectOf(record, projectPrefix),
    sha: record.sha,
    idempotencyToken: idempotencyToken(record),
    timeoutMinutes: image.timeoutMinutes,
    environment: Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== "")),
    machine: buildMachines[image.platform],
  };
}

/** The project of an attempt: checks have their own project, whose role cannot push images. */
export function projectOf({ repository, check }: Pick<BuildRecord, "repository" | "check">, prefix: string): string {
  return check === true ? checkProjectName(prefix, repository) : buildProjectName(prefix, repository);
}

/** The attempt that a build's variables name; `undefined` when Lockmaster did not start the build. */
export function attemptOf(
  environment: Readonly<Record<string, string>>,
): (BuildKey & { attempt: number; repositoryUri: string }) | undefined {
  const {
    LOCKMASTER_REPOSITORY: repository,
    LOCKMASTER_IMAGE: image,
    LOCKMASTER_SHA: sha,
    LOCKMASTER_REPOSITORY_URI: repositoryUri,
    LOCKMASTER_CONTEXT: context,
    LOCKMASTER_DOCKERFILE: dockerfile,
    LOCKMASTER_TARGET: target,
    LOCKMASTER_TEST_TARGET: testTarget,
    LOCKMASTER_PLATFORM: platform,
    LOCKMASTER_CHECK: check,
  } = environment;
  const attempt = Number(environment.LOCKMASTER_ATTEMPT);
  if (!repository || !image || !sha || !repositoryUri || !Number.isSafeInteger(attempt) || attempt < 1)
    return undefined;
  const settings = { context, dockerfile, target, testTarget, platform };
  const ownRecipe = check ? checkRecipeOf(settings) : recipeOf(settings);
  return { repository, image, sha, recipe: ownRecipe, attempt, repositoryUri };
}

/** The same for every start of an attempt, so that CodeBuild starts it once. At most 64 characters. */
function idempotencyToken({ repository, image, sha, recipe, attempt }: BuildRecord): string {
  return createHash("sha256")
    .update(JSON.stringify([repository, image, sha, recipe, attempt]))
    .digest("hex");
}
