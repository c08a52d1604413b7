import * as v from "valibot";
import type { GitHubAccess } from "./access.ts";

/** A repository at GitHub. */
export type Repository = {
  /** `owner/name`, as it is now: GitHub redirects the old name of a renamed repository. */
  name: string;
  id: number;
  ownerId: number;
};

/** A ruleset, as far as it says which refs it protects from what. */
export type Ruleset = { include: readonly string[]; exclude: readonly string[]; rules: readonly string[] };

const RepositoryAnswer = v.object({ id: v.number(), full_name: v.string(), owner: v.object({ id: v.number() }) });
const Rules = v.array(v.object({ type: v.string() }));
const Rulesets = v.array(v.object({ id: v.number(), target: v.string(), enforcement: v.string() }));
const Patterns = v.optional(v.array(v.string()), []);
const RulesetAnswer = v.object({
  conditions: v.nullish(v.object({ ref_name: v.optional(v.object({ include: Patterns, exclude: Patterns })) })),
  rules: v.optional(Rules, []),
});

/**
 * @returns undefined without credentials
 * @throws GitHubRefusal 404 when the credentials have no access to the repository
 * @see https://docs.github.com/en/rest/repos/repos#get-a-repository
 */
export async function readRepository(access: GitHubAccess, repository: string): Promise<Repository | undefined> {
  const found = await access.tokenFor(repository);
  if (found === undefined) return undefined;
  const path = `/repos/${repository}`;
  const answer = await access.client({ method: "GET", path, token: found.token }, RepositoryAnswer);
  return { name: answer.full_name, id: answer.id, ownerId: answer.owner.id };
}

/**
 * Types of the rules that are active for a branch, of the repository's rulesets and the organisation's: `pull_request`, `update`, …
 *
 * @throws GitHubRefusal 403 when GitHub's plan has no rulesets for private repositories
 * @see https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch
 */
export async function readBranchRules(access: GitHubAccess, repository: string, branch: string): Promise<string[]> {
  const token = (await access.tokenFor(repository))?.token ?? "";
  const path = `/repos/${repository}/rules/branches/${branch.split("/").map(encodeURIComponent).join("/")}`;
  return (await access.client({ method: "GET", path, token }, Rules)).map(({ type }) => type);
}

/**
 * The active rulesets for tags, those of the organisation included.
 *
 * @throws GitHubRefusal 403 when GitHub's plan has no rulesets for private repositories
 * @see https://docs.github.com/en/rest/repos/rules#get-all-repository-rulesets
 */
export async function readTagRulesets(access: GitHubAccess, repository: string): Promise<Ruleset[]> {
  const token = (await access.tokenFor(repository))?.token ?? "";
  const path = `/repos/${repository}/rulesets`;
  const listed = await access.client({ method: "GET", path, token }, Rulesets);
  const active = listed.filter(({ target, enforcement }) => target === "tag" && enforcement === "active");
  return await Promise.all(
    active.map(async ({ id }) => {
      const answer = await access.client({ method: "GET", path: `${path}/${id}`, token }, RulesetAnswer);
      const { include = [], exclude = [] } = answer.conditions?.ref_name ?? {};
      return { include, exclude, rules: answer.rules.map(({ type }) => type) };
    }),
  );
}

/**
 * Whether a ruleset is for a tag. GitHub's patterns are those of fnmatch: `*` stands for any characters except `/`, `**` for all.
 *
 * @param ref in full: `refs/tags/v1.0.0`
 * @see https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/creating-rulesets-for-a-repository#using-fnmatch-syntax
 */
export function covers({ include, exclude }: Ruleset, ref: string): boolean {
  return include.some((pattern) => matches(pattern, ref)) && !exclude.some((pattern) => matches(pattern, ref));
}

function matches(pattern: string, ref: string): boolean {
  if (pattern === "~ALL") return true;
  const parts = pattern.split(/(\*+|\?)/).map((part) => {
    if (part === "?") return "[^/]";
    if (part.startsWith("*")) return part.length > 1 ? ".*" : "[^/]*";
    return part.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^${parts.join("")}$`).test(ref);
}
