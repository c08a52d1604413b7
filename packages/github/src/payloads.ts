/** The few fields of GitHub's payloads that are used, checked; everything else is let be, since GitHub adds fields freely. */
import { parseInput } from "@lockmaster/core/lib/parse.ts";
import type { Push } from "@lockmaster/core/contract/routing.ts";
import * as v from "valibot";

const Sha = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{40}$/, ({ received }) => `${received} is no commit id`),
);

const PushPayload = v.object({
  ref: v.string(),
  after: Sha,
  deleted: v.boolean(),
  head_commit: v.nullish(v.object({ id: Sha, message: v.string() })),
  repository: v.object({
    full_name: v.string(),
    /** Seconds in push events, a text in all others. */
    pushed_at: v.union([v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(253_402_300_799)), v.string()]),
  }),
  sender: v.object({ login: v.string() }),
});

const PingPayload = v.object({ hook_id: v.number() });

const noCommit = "0".repeat(40);

/**
 * Reads the payload of a push. What a tag points at is told by `head_commit`: `after` is the tag itself when it is an
 * annotated one. A tag of something else than a commit comes without.
 *
 * @param receivedAt stands in when GitHub does not tell in seconds when the push was
 * @throws InvalidInputError INPUT_INVALID naming every field that is not as GitHub documents it
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
 */
export function readPush(payload: unknown, receivedAt: Date): Push {
  const { ref, after, deleted, head_commit: headCommit, repository, sender } = parseInput(PushPayload, payload);
  const pushedAt = typeof repository.pushed_at === "number" ? new Date(repository.pushed_at * 1000) : receivedAt;
  return {
    repository: repository.full_name,
    ref,
    sha: ref.startsWith("refs/tags/") ? (headCommit?.id ?? noCommit) : after,
    deleted,
    ...(headCommit && { headMessage: headCommit.message }),
    login: sender.login,
    pushedAt: pushedAt.toISOString(),
  };
}

/**
 * Reads the payload that GitHub sends when a webhook is made.
 *
 * @throws InvalidInputError INPUT_INVALID
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads#ping
 */
export function readPing(payload: unknown): { hookId: number } {
  return { hookId: parseInput(PingPayload, payload).hook_id };
}
