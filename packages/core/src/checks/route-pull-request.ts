import { checksEnvironment } from "../lib/names.ts";
import type { CheckInput } from "../contract/release-input.ts";
import type { PullRequestEvent } from "./claim-pull-request.ts";

/** What GitHub says about a pull request, as far as it decides about checks. */
export type PullRequest = {
  /** `opened`, `synchronize`, `closed`, …: what happened. */
  action: string;
  number: number;
  /** `owner/name` of the repository that it is to be merged into. */
  repository: string;
  /** Whether its commits are in that very repository: who pushed them may push there. */
  isOwn: boolean;
  sha: string;
  /** Tip of the branch that it is to be merged into. */
  base: string;
  /** Login of the one who did it. */
  login: string;
  /** ISO 8601; the same in each redelivery. */
  changedAt: string;
};

/** What is to be done about a pull request; `environment` is where its check is filed. */
export type PullRequestRouting =
  | { check: CheckInput; environment: string }
  | { closed: Omit<PullRequestEvent, "executionArn" | "receivedAt"> }
  | { reason: string };

/** What brings a commit that was not checked yet, or brings it back. */
const checked = new Set(["opened", "synchronize", "reopened"]);

/**
 * What a pull request asks for: the check of its newest commit, the end of the check, or nothing. Drafts are checked like
 * others. One that comes from another repository starts nothing: anybody could have written its Dockerfile.
 */
export function routePullRequest(pullRequest: PullRequest): PullRequestRouting {
  const { action, number, repository, isOwn, sha, base, login, changedAt } = pullRequest;
  if (action !== "closed" && !checked.has(action))
    return { reason: `that a pull request is ${action} changes no code` };
  if (!isOwn)
    return { reason: `pull request ${number} comes from another repository: only ${repository}'s own are checked` };
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
  return { check, environment: checksEnvironment };
}
