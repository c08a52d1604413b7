import { TagName } from "@lockmaster/core/config/grammar.ts";
import type { EnvironmentConfiguration, RepositoryConfiguration } from "@lockmaster/core/config/schema.ts";
import { matchesTag } from "@lockmaster/core/lib/tag-pattern.ts";
import * as v from "valibot";

type Named = { name: string; environment: EnvironmentConfiguration };

/** The way of a commit through a repository's environments. */
export type Mainline = {
  branch: string;
  /** The environments that follow the branch. */
  environments: readonly Named[];
  /** The environments that tags promote the branch's commits to, each after the one that it promotes from. */
  promotions: readonly (Named & { pattern: string })[];
};

/** The ways that begin at each branch; that of the first environment with a promotion is first. */
export function mainlinesOf({ environments }: RepositoryConfiguration): readonly Mainline[] {
  const named = Object.entries(environments).map(([name, environment]) => ({ name, environment }));
  const branches = [...new Set(named.flatMap(({ environment }) => environment.on.branch ?? []))];
  return branches
    .map((branch) => {
      const followers = named.filter(({ environment }) => environment.on.branch === branch);
      return { branch, environments: followers, promotions: promotionsFrom(followers, named) };
    })
    .toSorted((a, b) => Number(a.promotions.length === 0) - Number(b.promotions.length === 0));
}

function promotionsFrom(from: readonly Named[], all: readonly Named[]): Mainline["promotions"] {
  const sources = new Set(from.map(({ name }) => name));
  const next = all.flatMap((one) => {
    const { on, promoteFrom = "" } = one.environment;
    return on.tag !== undefined && sources.has(promoteFrom) ? [{ ...one, pattern: on.tag }] : [];
  });
  return next.length === 0 ? [] : [...next, ...promotionsFrom(next, all)];
}

/**
 * A tag of a pattern: `release-*` → `release-1.0.0`.
 *
 * @param usual the tag when the pattern has it
 */
export function tagOf(pattern: string, usual = "v1.0.0"): string {
  const version = usual.replace(/^v/, "");
  const candidates = [usual, pattern.replaceAll(/\*+/g, version), pattern.replaceAll(/\*+/g, "1")];
  return candidates.find((tag) => v.is(TagName, tag) && matchesTag(pattern, tag)) ?? usual;
}
