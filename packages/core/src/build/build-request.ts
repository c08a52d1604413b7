import type * as v from "valibot";
import type { ImageConfiguration } from "../config/schema.ts";
import type { StoredConfiguration } from "../config/stored.ts";
import { RejectedError } from "../lib/errors.ts";
import type { StartBuildInput } from "../contract/steps.ts";
import type { BuildRequest } from "./build-decision.ts";
import { checkRecipeOf, recipeOf } from "../config/recipe.ts";

/** What is wanted, and how it is built should it have to be. */
export type ConfiguredBuild = { request: BuildRequest; image: ImageConfiguration; projectPrefix: string };

/**
 * The order that a step's input makes under the current configuration.
 *
 * @throws RejectedError CONFIGURATION_MISSING when the configuration has lost the image since the release was planned
 */
export function configuredBuild(
  input: v.InferOutput<typeof StartBuildInput>,
  stored: StoredConfiguration | undefined,
  projectPrefix: string,
  now: Date,
): ConfiguredBuild {
  const { repository, ref, sha, executionArn } = input.release;
  const images = stored?.configuration.images ?? {};
  const image = Object.hasOwn(images, input.image) ? images[input.image] : undefined;
  if (image === undefined) {
    throw new RejectedError(
      `the configuration of ${repository} names no image ${input.image} any more. Bring it back and redrive, or push again`,
      { code: "CONFIGURATION_MISSING" },
    );
  }
  const isCheck = input.release.kind === "check";
  if (isCheck && image.testTarget === undefined) {
    throw new RejectedError(
      `the configuration of ${repository} names no testTarget for image ${input.image} any more. Bring it back and redrive, or push again`,
      { code: "CONFIGURATION_MISSING" },
    );
  }
  const recipe = isCheck ? checkRecipeOf(image) : recipeOf(image);
  const waiter = { execution: executionArn, redriveCount: input.redriveCount, taskToken: input.taskToken };
  return {
    request: { repository, image: input.image, sha, recipe, ref, ...(isCheck && { check: true }), waiter, now },
    image,
    projectPrefix,
  };
}
