import type * as v from "valibot";
import type { ImageConfiguration, RepositoryConfiguration } from "../config/schema.ts";
import { RejectedError } from "../lib/errors.ts";
import type { StartBuildInput } from "../contract/steps.ts";
import type { SlotWaiter } from "../ledger/build-slots.ts";
import type { BuildRequest } from "./build-decision.ts";
import { checkRecipeOf, recipeOf } from "../config/recipe.ts";

/** A build request, and how the configuration builds the image. */
export type ConfiguredBuild = {
  request: BuildRequest;
  image: ImageConfiguration;
  projectPrefix: string;
  /** Which builds get a slot in CodeBuild's queue first, when it is full. */
  rank: SlotWaiter["rank"];
};

/**
 * The build that a step requests, as the configuration has its image now.
 *
 * @param images of the repository
 * @throws RejectedError CONFIGURATION_MISSING when the configuration has lost the image since the release was planned
 */
export function configureBuild(
  input: v.InferOutput<typeof StartBuildInput>,
  images: RepositoryConfiguration["images"] | undefined,
  projectPrefix: string,
  now: Date,
): ConfiguredBuild {
  const { repository, ref, sha, executionArn } = input.release;
  const image = new Map(Object.entries(images ?? {})).get(input.image);
  if (image === undefined) {
    throw new RejectedError(
      `the configuration of ${repository} no longer has the image ${input.image}. Add it to lockmaster.config.ts again, deploy Lockmaster, then redrive; or push again`,
      { code: "CONFIGURATION_MISSING" },
    );
  }
  const isCheck = input.release.kind === "check";
  if (isCheck && image.testTarget === undefined) {
    throw new RejectedError(
      `the configuration of ${repository} no longer has a testTarget for the image ${input.image}. Add it to lockmaster.config.ts again, deploy Lockmaster, then redrive; or push again`,
      { code: "CONFIGURATION_MISSING" },
    );
  }
  const recipe = isCheck ? checkRecipeOf(image) : recipeOf(image);
  const waiter = { execution: executionArn, redriveCount: input.redriveCount, taskToken: input.taskToken };
  return {
    request: { repository, image: input.image, sha, recipe, ref, ...(isCheck && { check: true }), waiter, now },
    image,
    projectPrefix,
    rank: isCheck ? "check" : "release",
  };
}
