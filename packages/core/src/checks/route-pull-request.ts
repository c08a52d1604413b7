import type { CheckInput } from "../contract/release-input.ts";
import { printable } from "../lib/printable.ts";
import type { PullRequestEvent } from "./claim-pull-request.ts";

/** What of a pull request event decides about its check. */
export type PullRequest = {
  /** `opened`, `synchronize`, `closed`, … */
  action: string;
  number: number;
  /** `owner/name` of the repository that the pull request merges into. */
  repository: string;
  /** GitHub's id of it. */
  repositoryId?: number;
  /** GitHub's id of the App's installation that delivered the event; absent for a repository's own webhook. */
  installation?: number;
  /** Whether its commits are in that repository, and not in a fork: its author has push permission there. */
  isOwn: boolean;
  sha: string;
  /** Tip of the branch that it merges into. */
  base: string;
  /** Whether the event has changed that branch. */
  isRetargeted: boolean;
  /** GitHub login that caused the event. */
  login: string;
  /** ISO 8601; the same in each redelivery. */
  changedAt: string;
};

/** What to do about a pull request. */
export type PullRequestRouting =
  | { check: CheckInput }
  | { closed: Omit<PullRequestEvent, "executionArn" | "receivedAt"> }
  | { reason: string };

/** Actions after which a commit of an open pull request may be unchecked. */
const checkedActions = new Set(["opened", "synchronize", "reopened"]);

/**
 * Decides about a pull request event: start the check of the newest commit, or of the same one against another base, stop the
 * check, or do nothing. Drafts are checked
 * too. A pull request from another repository starts nothing: its author may have no push permission, and its Dockerfile would
 * run in Lockmaster's account.
 */
export function routePullRequest(pullRequest: PullRequest): PullRequestRouting {
  const { action, number, repository, isOwn, sha, base, isRetargeted, login, changedAt } = pullRequest;
  // Another base may have other changed images: see GitHub's `edited` with `changes.base`.
  const isChecked = checkedActions.has(action) || (action === "edited" && isRetargeted);
  if (action !== "closed" && !isChecked)
    return { reason: `a pull request that is ${printable(action, 80)} has no new commit to check` };
  if (!isOwn)
    return {
      reason: `pull request ${number} comes from another repository; only those of ${repository} itself are checked`,
    };
  const ref = `refs/pull/${number}/head`;
  if (action === "closed") return { closed: { repository, ref, sha, requestedAt: changedAt } };
  const check: CheckInput = {
    kind: "check",
    repository,
    ref,
    sha,
    base,
    requestedBy: { kind: "github", login },
    requestedAt: changedAt,
  };
  return { check };
}
