/** The fields of GitHub's webhook payloads that Lockmaster reads. All others are ignored, since GitHub adds fields freely. */
import { RepositoryName, Timestamp } from "@lockmaster/core/config/grammar.ts";
import { Login } from "@lockmaster/core/contract/release-input.ts";
import type { PullRequest } from "@lockmaster/core/checks/route-pull-request.ts";
import type { Push } from "@lockmaster/core/contract/routing.ts";
import { parseInput } from "@lockmaster/core/lib/parse.ts";
import * as v from "valibot";

const Sha = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{40}$/, ({ received }) => `${received} is no commit id`),
);
/** Git's own limit is that of a path; GitHub accepts no ref of more than 255 bytes. */
const Ref = v.pipe(v.string(), v.maxLength(1024, "is longer than 1024 characters: GitHub has no such ref"));
const Sender = v.object({ login: Login });
/** GitHub's ids are counted from 1. DynamoDB stores no larger number than JavaScript keeps exactly. */
const Id = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
/** Of a GitHub App, in its deliveries. */
const Installation = v.optional(v.object({ id: Id }));

const PushPayload = v.object({
  ref: Ref,
  after: Sha,
  before: v.optional(Sha),
  deleted: v.boolean(),
  head_commit: v.nullish(v.object({ id: Sha, message: v.string() })),
  repository: v.object({
    id: v.optional(Id),
    full_name: RepositoryName,
    /** Seconds in push events, a text in all others. */
    pushed_at: v.union([v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(253_402_300_799)), v.string()]),
  }),
  installation: Installation,
  sender: Sender,
});

const PingPayload = v.object({ hook_id: Id });

const Repository = v.object({ id: Id, full_name: RepositoryName });
/** The fork of a pull request is only compared with the repository itself. */
const Head = v.object({ id: Id, full_name: v.string() });

const PullRequestPayload = v.object({
  action: v.string(),
  number: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(9_999_999_999)),
  pull_request: v.object({
    // Null when the fork was deleted.
    head: v.object({ sha: Sha, repo: v.nullable(Head) }),
    base: v.object({ sha: Sha, repo: Repository }),
    updated_at: Timestamp,
  }),
  /** Of `edited`: what had another value before. */
  changes: v.optional(v.object({ base: v.optional(v.unknown()) })),
  installation: Installation,
  sender: Sender,
});

const noCommit = "0".repeat(40);

/**
 * Reads the payload of a push. The commit of a tag is in `head_commit`: `after` is the tag itself when it is annotated. A tag
 * of something other than a commit has no `head_commit`.
 *
 * @param receivedAt used when GitHub does not give the time of the push in seconds
 * @throws InvalidInputError INPUT_INVALID naming every field that is not as GitHub documents it
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
 */
export function readPush(payload: unknown, receivedAt: Date): Push {
  const push = parseInput(PushPayload, payload);
  const { ref, after, before, deleted, head_commit: headCommit, repository, installation, sender } = push;
  const pushedAt = typeof repository.pushed_at === "number" ? new Date(repository.pushed_at * 1000) : receivedAt;
  return {
    repository: repository.full_name,
    ...(repository.id !== undefined && { repositoryId: repository.id }),
    ...(installation !== undefined && { installation: installation.id }),
    ref,
    sha: ref.startsWith("refs/tags/") ? (headCommit?.id ?? noCommit) : after,
    ...(before !== undefined && { before }),
    deleted,
    ...(headCommit && { headMessage: headCommit.message }),
    login: sender.login,
    pushedAt: pushedAt.toISOString(),
  };
}

/**
 * Reads the payload of a pull request event.
 *
 * @throws InvalidInputError INPUT_INVALID naming every field that is not as GitHub documents it
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
 */
export function readPullRequest(payload: unknown): PullRequest {
  const event = parseInput(PullRequestPayload, payload);
  const { action, number, pull_request: pullRequest, changes, installation, sender } = event;
  const { head, base, updated_at: updatedAt } = pullRequest;
  return {
    action,
    number,
    repository: base.repo.full_name,
    repositoryId: base.repo.id,
    ...(installation !== undefined && { installation: installation.id }),
    // Compares ids too: a name can pass to another repository.
    isOwn: head.repo?.id === base.repo.id && head.repo.full_name === base.repo.full_name,
    sha: head.sha,
    base: base.sha,
    isRetargeted: changes?.base !== undefined,
    login: sender.login,
    changedAt: new Date(updatedAt).toISOString(),
  };
}

/**
 * Reads the payload that GitHub sends when a webhook is created.
 *
 * @throws InvalidInputError INPUT_INVALID
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads#ping
 */
export function readPing(payload: unknown): { hookId: number } {
  return { hookId: parseInput(PingPayload, payload).hook_id };
}
