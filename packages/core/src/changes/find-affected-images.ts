import { recipeOf } from "../config/recipe.ts";
import type { EnvironmentConfiguration, RepositoryConfiguration } from "../config/schema.ts";
import type { BuildLedger } from "../ledger/ports.ts";
import type { Changes, Difference } from "./ports.ts";
import type { InspectedService } from "../ecs/ports.ts";
import { affectedImages, type AffectedImages, type ImageState, type ImageStates } from "./affected-images.ts";
import { imageStates, type Standing } from "./image-states.ts";

export type ChangePorts = { changes: Pick<Changes, "between">; ledger: Pick<BuildLedger, "build"> };

/** A commit on its way to one environment, and how that environment stands. */
export type Move = {
  repository: string;
  sha: string;
  /** Of the repository, as the configuration has them now. */
  images: RepositoryConfiguration["images"];
  environment: EnvironmentConfiguration;
  /** The newest release that reached the environment; undefined before the first. */
  last: Standing | undefined;
  /** Every service of the environment, as ECS has it now. */
  inspected: readonly InspectedService[];
};

/**
 * Which images of an environment a commit affects: what changed between what each of its services runs and the commit,
 * never what one push says. Everything that cannot be known counts as affected.
 */
export async function findAffectedImages({ changes, ledger }: ChangePorts, move: Move): Promise<AffectedImages> {
  const states = await withTodaysRecipe(ledger, move, imageStates(move));
  return affectedImages(states, await differencesTo(changes, move, states));
}

/** An image built by another recipe than today's is another image, whatever its files say. */
async function withTodaysRecipe(
  ledger: ChangePorts["ledger"],
  { repository, images, last }: Move,
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

/** Asked once for each commit that any of the images was built from. */
async function differencesTo(
  changes: ChangePorts["changes"],
  { repository, sha }: Move,
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
