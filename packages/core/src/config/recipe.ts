import { createHash } from "node:crypto";

/** Settings of an image that decide what a build makes of a commit; an absent one and an empty one are the same. */
type RecipeSettings = Readonly<
  Partial<Record<"context" | "dockerfile" | "target" | "testTarget" | "platform", string | undefined>>
>;

/** What the configuration makes of any commit of an image, as a short hash: with another recipe it is another image. */
export function recipeOf({ context, dockerfile, target, platform }: RecipeSettings): string {
  return shortHash([context, dockerfile, target, platform]);
}

/** The same for a check of an image. It never equals a release's recipe: what a pull request built is not deployed. */
export function checkRecipeOf({ context, dockerfile, testTarget, platform }: RecipeSettings): string {
  return shortHash(["check", context, dockerfile, testTarget, platform]);
}

const shortHash = (parts: readonly (string | undefined)[]): string =>
  createHash("sha256")
    .update(JSON.stringify(parts.map((part) => part ?? "")))
    .digest("hex")
    .slice(0, 16);
