import type { Changes, Difference } from "@lockmaster/core/changes/ports.ts";
import * as v from "valibot";
import { githubAccess, type GitHubAccess, type GitHubSource } from "./access.ts";
import type { GitHubClient } from "./client.ts";
import { describeGitHubFailure, noCredentials } from "./refusals.ts";

/** GitHub lists at most this many files of a comparison, over all pages, and does not say when it has cut the list off. */
const maxListedFiles = 300;

/**
 * GitHub's comparisons, for one invocation: all requests share one time limit.
 *
 * @see https://docs.github.com/en/rest/commits/commits#compare-two-commits
 */
export function githubChanges(source: GitHubSource, access: GitHubAccess = githubAccess(source)): Changes {
  const { client, tokenFor } = access;
  const tryCompare = async (repository: string, basehead: string): Promise<Comparison> => {
    try {
      const found = await tokenFor(repository);
      if (found === undefined) return { unknown: noCredentials };
      return await compare(client, found.token, repository, basehead);
    } catch (error) {
      return { unknown: describeGitHubFailure(error) };
    }
  };
  const comparisons = new Map<string, Promise<Comparison>>();
  const compareOnce = (repository: string, base: string, head: string): Promise<Comparison> => {
    const key = `${repository} ${base}...${head}`;
    const comparison = comparisons.get(key) ?? tryCompare(repository, `${base}...${head}`);
    comparisons.set(key, comparison);
    return comparison;
  };
  return {
    async between(repository, base, head) {
      const comparison = await compareOnce(repository, base, head);
      if ("unknown" in comparison) return comparison;
      const { relation, files } = comparison;
      if (relation === "ahead" || relation === "identical") return files;
      return { unknown: "it is not an ancestor of the commit" };
    },
    async isAncestor(repository, sha, of) {
      const comparison = await compareOnce(repository, of, sha);
      return "unknown" in comparison ? undefined : comparison.relation === "behind";
    },
    async sinceFork(repository, base, head) {
      const comparison = await compareOnce(repository, base, head);
      return "unknown" in comparison ? comparison : comparison.files;
    },
  };
}

/** GitHub compares with the merge base of the two commits; that is the base itself when it is an ancestor. */
type Comparison = { relation: "ahead" | "behind" | "diverged" | "identical"; files: Difference } | { unknown: string };

const CompareAnswer = v.object({
  status: v.picklist(["ahead", "behind", "diverged", "identical"]),
  files: v.array(v.object({ filename: v.string(), previous_filename: v.optional(v.string()) })),
});

async function compare(client: GitHubClient, token: string, repository: string, basehead: string): Promise<Comparison> {
  // The first page has all files, whatever its length; the commits are not needed.
  const path = `/repos/${repository}/compare/${basehead}?per_page=1`;
  const { status, files } = await client({ method: "GET", path, token }, CompareAnswer);
  if (files.length >= maxListedFiles) {
    return { relation: status, files: { unknown: `GitHub lists at most ${maxListedFiles} files` } };
  }
  // The old name of a renamed file counts too: the file is gone from there.
  const changed = files.flatMap(({ filename, previous_filename: previous }) =>
    previous === undefined ? [filename] : [filename, previous],
  );
  return { relation: status, files: { files: changed } };
}
