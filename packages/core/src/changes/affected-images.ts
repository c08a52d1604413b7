import { pathMatcher } from "../lib/globs.ts";
import type { Difference } from "./ports.ts";

/** An image before a release: what it depends on, and the commit that what runs was built from; or why nobody knows. */
export type ImageState = { paths: readonly string[]; base: { commit: string } | { unknown: string } };

export type ImageStates = Readonly<Record<string, ImageState>>;

/** Image name to one clause that says why: for people, in the console and in logs. */
export type AffectedImages = ReadonlyMap<string, string>;

/**
 * The images that a release must make anew: those of which a file changed since their own base, and all of which that is
 * unknown.
 *
 * @param differences from each base to the released commit; unknown for a base that is missing here
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
  const difference = differences.get(base.commit) ?? { unknown: "nobody asked" };
  if ("unknown" in difference) return `what changed since ${short(base.commit)} is unknown: ${difference.unknown}`;
  const changed = difference.files.find(pathMatcher(paths));
  return changed === undefined ? undefined : `${changed} changed since ${short(base.commit)}`;
}

const short = (sha: string): string => sha.slice(0, 7);
