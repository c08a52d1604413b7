import type { PullRequest } from "@lockmaster/core/checks/route-pull-request.ts";
import { parseInput } from "@lockmaster/core/lib/parse.ts";
import * as v from "valibot";

const Sha = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{40}$/, ({ received }) => `${received} is no commit id`),
);
const Repository = v.object({ id: v.number(), full_name: v.string() });

const PullRequestPayload = v.object({
  action: v.string(),
  number: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(9_999_999_999)),
  pull_request: v.object({
    // Null when the fork was deleted.
    head: v.object({ sha: Sha, repo: v.nullable(Repository) }),
    base: v.object({ sha: Sha, repo: Repository }),
    updated_at: v.pipe(v.string(), v.isoTimestamp()),
  }),
  sender: v.object({ login: v.string() }),
});

/**
 * Reads the payload of what happened to a pull request.
 *
 * @throws InvalidInputError INPUT_INVALID naming every field that is not as GitHub documents it
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
 */
export function readPullRequest(payload: unknown): PullRequest {
  const { action, number, pull_request: pullRequest, sender } = parseInput(PullRequestPayload, payload);
  const { head, base, updated_at: updatedAt } = pullRequest;
  return {
    action,
    number,
    repository: base.repo.full_name,
    // By id as well: a name can be given to another repository.
    isOwn: head.repo?.id === base.repo.id && head.repo.full_name === base.repo.full_name,
    sha: head.sha,
    base: base.sha,
    login: sender.login,
    changedAt: new Date(updatedAt).toISOString(),
  };
}
