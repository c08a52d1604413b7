import { recipeOf } from "../config/recipe.ts";
import type { EnvironmentConfiguration, RepositoryConfiguration } from "../config/schema.ts";
import type { BuildLedger } from "../ledger/ports.ts";
import type { Changes, Difference } from "./ports.ts";
import type { InspectedService } from "../ecs/ports.ts";
import { affectedImages, type AffectedImages, type ImageState, type ImageStates } from "./affected-images.ts";
import { imageStates, type LastSuccess } from "./image-states.ts";

export type ChangePorts = { changes: Pick<Changes, "between">; ledger: Pick<BuildLedger, "build"> };

/** The commit that is to be released, and the state of its environment. */
export type CandidateCommit = {
  repository: string;
  sha: string;
  /** Of the repository, as the configuration has them now. */
  images: RepositoryConfiguration["images"];
  environment: EnvironmentConfiguration;
  /** The newest success in the environment; undefined before the first. */
  last: LastSuccess | undefined;
  /** Every service of the environment, as ECS shows it now. */
  inspected: readonly InspectedService[];
};

/**
 * Finds the images of an environment that a commit affects, by the changes between what each service runs and the commit, not
 * by the contents of one push. An image counts as affected when its changes are unknown.
 */
export async function findAffectedImages(
  { changes, ledger }: ChangePorts,
  candidate: CandidateCommit,
): Promise<AffectedImages> {
  const states = await withCurrentRecipe(ledger, candidate, imageStates(candidate));
  return affectedImages(states, await differencesTo(changes, candidate, states));
}

/** An image that was built with another recipe counts as affected, even when none of its files changed. */
async function withCurrentRecipe(
  ledger: ChangePorts["ledger"],
  { repository, images, last }: CandidateCommit,
  states: ImageStates,
): Promise<ImageStates> {
  const checked = await Promise.all(
    Object.entries(states).map(async ([image, state]): Promise<[string, ImageState]> => {
      const configured = images[image];
      if ("unknown" in state.base || configured === undefined) return [image, state];
      const sha = state.base.commit;
      const build = await ledger.build({ repository, image, sha, recipe: recipeOf(configured) });
      if (build?.digest !== undefined && build.digest === last?.images?.[image]) return [image, state];
      return [image, { ...state, base: { unknown: "the ledger has no build of it as it is configured now" } }];
    }),
  );
  return Object.fromEntries(checked);
}

/** Compares once for each commit that an image was built from. */
async function differencesTo(
  changes: ChangePorts["changes"],
  { repository, sha }: CandidateCommit,
  states: ImageStates,
): Promise<ReadonlyMap<string, Difference>> {
  const bases = new Set(Object.values(states).flatMap(({ base }) => ("commit" in base ? [base.commit] : [])));
  const differences = await Promise.all(
    [...bases].map(async (base): Promise<[string, Difference]> => [
      base,
      base === sha ? { files: [] } : await changes.between(repository, base, sha),
    ]),
  );
  return new Map(differences);
}
