import { pathMatcher } from "../lib/globs.ts";
import type { Difference } from "./ports.ts";

/** An image before a release: the paths that it depends on, and the commit that the running image was built from; or why that is unknown. */
export type ImageState = { paths: readonly string[]; base: { commit: string } | { unknown: string } };

export type ImageStates = Readonly<Record<string, ImageState>>;

/** For each affected image one clause that says why, for the console and the logs. */
export type AffectedImages = ReadonlyMap<string, string>;

/**
 * The images that a release must build: those of which a file changed since their own base, and those of which that is unknown.
 *
 * @param differences from each base to the released commit; a base without an entry counts as unknown
 */
export function affectedImages(images: ImageStates, differences: ReadonlyMap<string, Difference>): AffectedImages {
  return new Map(
    Object.entries(images).flatMap(([image, state]) => {
      const reason = whyAffected(state, differences);
      return reason === undefined ? [] : [[image, reason] as const];
    }),
  );
}

function whyAffected({ paths, base }: ImageState, differences: ReadonlyMap<string, Difference>): string | undefined {
  if ("unknown" in base) return base.unknown;
  const difference = differences.get(base.commit) ?? { unknown: "no comparison was made" };
  if ("unknown" in difference) return `what changed since ${short(base.commit)} is unknown: ${difference.unknown}`;
  const changed = difference.files.find(pathMatcher(paths));
  return changed === undefined ? undefined : `${changed} changed since ${short(base.commit)}`;
}

const short = (sha: string): string => sha.slice(0, 7);
