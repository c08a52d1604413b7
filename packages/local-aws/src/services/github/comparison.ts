import { GitHubError, notFound } from "./errors.ts";
import type { Commit } from "../../scenario/github-scenario.ts";

const maxFiles = 300;

/** The requested page of commits. Only the first page has files. */
export type CommitPage = { number: number; size: number };

/**
 * Compares two commits as `GET /repos/{owner}/{repo}/compare/{base}...{head}` does: through their merge base. A file is
 * changed when any commit since the merge base names it.
 *
 * @param commits of one repository
 * @throws GitHubError 404 for an unknown commit, and for two commits without a common ancestor
 * @see https://docs.github.com/en/rest/commits/commits#compare-two-commits
 */
export function compareCommits(
  commits: readonly Commit[],
  base: string,
  head: string,
  page: CommitPage,
): Readonly<Record<string, unknown>> {
  const bySha = new Map(commits.map((commit) => [commit.sha, commit]));
  const [baseLine, headLine] = [lineOf(bySha, base), lineOf(bySha, head)];
  const ofBase = new Set(baseLine);
  const fork = headLine.find((commit) => ofBase.has(commit));
  if (fork === undefined) throw new GitHubError(404, `No common ancestor between ${base} and ${head}.`);
  const ahead = headLine.slice(0, headLine.indexOf(fork)).toReversed();
  const behindBy = baseLine.indexOf(fork);
  const start = (page.number - 1) * page.size;
  return {
    status: statusOf(ahead.length, behindBy),
    ahead_by: ahead.length,
    behind_by: behindBy,
    total_commits: ahead.length,
    base_commit: describe(baseLine[0]),
    merge_base_commit: describe(fork),
    commits: ahead.slice(start, start + page.size).map(describe),
    ...(page.number === 1 && { files: changedFiles(ahead).slice(0, maxFiles) }),
  };
}

/** A commit and its ancestors, newest first. */
function lineOf(bySha: ReadonlyMap<string, Commit>, sha: string): Commit[] {
  const line: Commit[] = [];
  for (let at = bySha.get(sha); at !== undefined; at = at.parent === undefined ? undefined : bySha.get(at.parent)) {
    if (line.includes(at)) throw new Error(`The scenario's commit ${sha} is its own ancestor`);
    line.push(at);
  }
  if (line.length === 0) throw notFound();
  return line;
}

function statusOf(aheadBy: number, behindBy: number): "identical" | "ahead" | "behind" | "diverged" {
  if (aheadBy === 0) return behindBy === 0 ? "identical" : "behind";
  return behindBy === 0 ? "ahead" : "diverged";
}

function describe(commit: Commit | undefined) {
  if (commit === undefined) return undefined;
  return { sha: commit.sha, parents: commit.parent === undefined ? [] : [{ sha: commit.parent }] };
}

function changedFiles(commits: readonly Commit[]) {
  const files = commits
    .flatMap((commit) => commit.files)
    .map((file) =>
      typeof file === "string"
        ? { filename: file, status: "modified" }
        : { filename: file.filename, status: "renamed", previous_filename: file.previous },
    );
  return [...new Map(files.map((file) => [file.filename, file])).values()].toSorted((a, b) =>
    a.filename < b.filename ? -1 : 1,
  );
}
