import type { PullRequestOpenedEvent } from "@octokit/webhooks-types";
import { account, idOf, nodeId, repositoryOf, type Account, type PushPayload } from "./push-payload.ts";

export type PullRequestDescription = {
  /** `owner/name` of the repository to merge into. */
  repository: string;
  number: number;
  /** `opened`, `synchronize`, `reopened`, `closed`, …. */
  action: string;
  /** The branch to merge. */
  branch: string;
  /** The branch's newest commit, 40 hexadecimal digits. */
  sha: string;
  /** Newest commit of the branch to merge into. */
  base: string;
  /** The branch to merge into; `main` when absent. */
  into?: string;
  /** Login of the user who acts; also the author of the pull request. */
  author: string;
  changedAt: Date;
  /** `owner/name` of the fork that the branch is in; absent when it is in `repository`. */
  fork?: string;
};

type Repository = PushPayload["repository"];
type Side = { label: string; ref: string; sha: string; user: Account; repo: Repository };

/** GitHub's payload of a pull request event, without URLs and texts for readers. */
export type PullRequestPayload = Pick<PullRequestOpenedEvent, "number"> & {
  action: string;
  pull_request: Pick<
    PullRequestOpenedEvent["pull_request"],
    "id" | "node_id" | "number" | "title" | "html_url" | "locked" | "draft" | "created_at" | "updated_at"
  > & { state: "open" | "closed"; user: Account; head: Side; base: Side };
  repository: Repository;
  sender: Account;
};

/** GitHub dates pull requests to the second. */
const toSeconds = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

/** @returns the payload that GitHub would send for an event of a pull request */
export function pullRequestPayload(description: PullRequestDescription): PullRequestPayload {
  const {
    repository,
    number,
    action,
    branch,
    sha,
    base,
    into = "main",
    author,
    changedAt,
    fork = repository,
  } = description;
  const htmlUrl = `https://github.com/${repository}/pull/${number}`;
  const id = idOf(htmlUrl);
  const updatedAt = toSeconds(changedAt);
  return {
    action,
    number,
    pull_request: {
      id,
      node_id: nodeId("PullRequest", id),
      number,
      title: `Merge ${branch}`,
      html_url: htmlUrl,
      state: action === "closed" ? "closed" : "open",
      locked: false,
      draft: false,
      user: account(author),
      head: side(fork, branch, sha, changedAt),
      base: side(repository, into, base, changedAt),
      created_at: updatedAt,
      updated_at: updatedAt,
    },
    repository: repositoryOf(repository, `https://github.com/${repository}`, changedAt),
    sender: account(author),
  };
}

function side(repository: string, ref: string, sha: string, pushedAt: Date): Side {
  const [owner = ""] = repository.split("/");
  const repo = repositoryOf(repository, `https://github.com/${repository}`, pushedAt);
  return { label: `${owner}:${ref}`, ref, sha, user: account(owner), repo };
}
