import { createHash } from "node:crypto";
import type { ImageConfiguration } from "../config/schema.ts";
import { buildProjectName } from "../names.ts";
import type { BuildRequest } from "../ports.ts";
import type { BuildKey, BuildRecord } from "../records.ts";

/**
 * What CodeBuild is told about an attempt: the contract with `buildspec.yml`. What is empty is left out; the buildspec has
 * defaults for it.
 *
 * @param repositoryUri `registry/name` of the image's repository
 */
export function buildRequest(
  record: BuildRecord,
  image: ImageConfiguration,
  repositoryUri: string,
  projectPrefix: string,
): BuildRequest {
  const variables = {
    LOCKMASTER_REPOSITORY: record.repository,
    LOCKMASTER_IMAGE: record.image,
    LOCKMASTER_SHA: record.sha,
    LOCKMASTER_REF: record.ref,
    LOCKMASTER_ATTEMPT: String(record.attempt),
    LOCKMASTER_CONTEXT: image.context,
    LOCKMASTER_DOCKERFILE: image.dockerfile,
    LOCKMASTER_TARGET: image.target ?? "",
    LOCKMASTER_TEST_TARGET: image.testTarget ?? "",
    LOCKMASTER_PLATFORM: image.platform,
    LOCKMASTER_REPOSITORY_URI: repositoryUri,
    LOCKMASTER_CACHE_REPOSITORY_URI: `${repositoryUri}-cache`,
    LOCKMASTER_SOURCE_URL: `https://github.com/${record.repository}`,
  };
  return {
    project: buildProjectName(projectPrefix, record.repository),
    sha: record.sha,
    idempotencyToken: idempotencyToken(record),
    timeoutMinutes: image.timeoutMinutes,
    environment: Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== "")),
  };
}

/** What the configuration makes of any commit of an image, as a short hash. */
export function recipeOf(image: Pick<ImageConfiguration, "context" | "dockerfile" | "target" | "platform">): string {
  return recipe(image.context, image.dockerfile, image.target, image.platform);
}

function recipe(context = "", dockerfile = "", target = "", platform = ""): string {
  return hashOf([context, dockerfile, target, platform]).slice(0, 16);
}

/** Which attempt at which image a build's variables tell of; `undefined` when it is none of Lockmaster's. */
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
    LOCKMASTER_PLATFORM: platform,
  } = environment;
  const attempt = Number(environment.LOCKMASTER_ATTEMPT);
  if (!repository || !image || !sha || !repositoryUri || !Number.isSafeInteger(attempt) || attempt < 1)
    return undefined;
  return { repository, image, sha, recipe: recipe(context, dockerfile, target, platform), attempt, repositoryUri };
}

/** The same for the same attempt, whoever asks: CodeBuild then answers the same build. At most 64 characters. */
function idempotencyToken({ repository, image, sha, recipe, attempt }: BuildRecord): string {
  return hashOf([repository, image, sha, recipe, attempt]);
}

const hashOf = (parts: readonly unknown[]): string => createHash("sha256").update(JSON.stringify(parts)).digest("hex");
