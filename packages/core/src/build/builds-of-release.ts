import type { RepositoryConfiguration } from "../config/schema.ts";
import type { BuildKey } from "../ledger/build-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import { checkRecipeOf, recipeOf } from "../config/recipe.ts";

/** The builds that a release may have requested, as the configuration has the images now. */
export function buildsOf(
  { kind, repository, sha }: Pick<ReleaseRecord, "kind" | "repository" | "sha">,
  images: RepositoryConfiguration["images"] = {},
): BuildKey[] {
  if (kind === "promote" || kind === "rollback") return [];
  const recipe = kind === "check" ? checkRecipeOf : recipeOf;
  return Object.entries(images).map(([image, configured]) => ({
    repository,
    image,
    sha,
    recipe: recipe(configured),
  }));
}
