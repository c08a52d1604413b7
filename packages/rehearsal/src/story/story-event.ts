import type { RollbackInput } from "@lockmaster/core/contract/release-input.ts";
import { pullRequestPayload } from "../deliveries/pull-request-payload.ts";
import { pushPayload, tagPayload } from "../deliveries/push-payload.ts";
import type { StoryEvent } from "./story.ts";

/** Repository, acting user and time of an event. */
type EventContext = { repository: string; author: string; at: Date };

type RollbackEvent = Extract<StoryEvent, { event: "rollback" }>;

/** The execution that an operator starts for a manual rollback. */
export function executionOf(
  { environment, to }: RollbackEvent,
  { repository, author, at }: EventContext,
): { name: string; input: RollbackInput } {
  return {
    name: `rollback-${environment}-${at.getTime()}`,
    input: {
      kind: "rollback",
      repository,
      environment,
      to,
      requestedBy: { kind: "operator", name: author },
      requestedAt: at.toISOString(),
    },
  };
}

/** The delivery that GitHub would post for the event. */
export function deliveryOf(
  on: Exclude<StoryEvent, RollbackEvent>,
  { repository, author, at }: EventContext,
): { event: string; payload: unknown } {
  switch (on.event) {
    case "push": {
      const { branch, sha, message } = on;
      return { event: "push", payload: pushPayload({ repository, branch, sha, message, author, pushedAt: at }) };
    }
    case "tag": {
      const { tag, sha, message } = on;
      return { event: "push", payload: tagPayload({ repository, tag, sha, message, author, pushedAt: at }) };
    }
    case "pull_request": {
      const { number, branch, sha, base, into } = on;
      const change = {
        repository,
        number,
        branch,
        sha,
        base,
        author,
        changedAt: at,
        ...(into !== undefined && { into }),
      };
      return { event: "pull_request", payload: pullRequestPayload({ ...change, action: "opened" }) };
    }
  }
}

/** The event in one line. */
export function describeEvent(on: StoryEvent): string {
  switch (on.event) {
    case "push":
      return `push to ${on.branch}: ${on.sha.slice(0, 7)} ${on.message}`;
    case "tag":
      return `tag ${on.tag}: ${on.sha.slice(0, 7)} ${on.message}`;
    case "pull_request":
      return `pull request #${on.number}: ${on.sha.slice(0, 7)} ${on.message}`;
    case "rollback":
      return `rollback of ${on.environment} to ${on.to}`;
  }
}
