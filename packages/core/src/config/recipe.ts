import { createHash } from "node:crypto";

/** Settings of an image that determine the result of its build; absent and empty are the same. */
type RecipeSettings = Readonly<
  Partial<Record<"context" | "dockerfile" | "target" | "testTarget" | "platform", string | undefined>>
>;

/** Hash of the settings with which a release builds an image: another recipe makes another image of the same commit. */
export function recipeOf({ context, dockerfile, target, platform }: RecipeSettings): string {
  return shortHash([context, dockerfile, target, platform]);
}

/** Hash of the settings of an image's check. It never equals a release's recipe, so that a pull request's build is not deployed. */
export function checkRecipeOf({ context, dockerfile, testTarget, platform }: RecipeSettings): string {
  return shortHash(["check", context, dockerfile, testTarget, platform]);
}

const shortHash = (parts: readonly (string | undefined)[]): string =>
  createHash("sha256")
    .update(JSON.stringify(parts.map((part) => part ?? "")))
    .digest("hex")
    .slice(0, 16);
