import { pullRequestPayload } from "./pull-request-payload.ts";
import { pushPayload, tagPayload } from "./payloads.ts";
import type { RollbackInput } from "@lockmaster/core/contract/release-input.ts";
import type { Occasion } from "./story.ts";

/** Where and by whom something happens. */
export type Setting = { repository: string; author: string; at: Date };

type Rollback = Extract<Occasion, { event: "rollback" }>;

/** The execution that an operator starts to go back. */
export function executionOf(
  { environment, to }: Rollback,
  { repository, author, at }: Setting,
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

/** What GitHub would deliver when this happens. */
export function deliveryOf(
  occasion: Exclude<Occasion, Rollback>,
  { repository, author, at }: Setting,
): { event: string; payload: unknown } {
  switch (occasion.event) {
    case "push": {
      const { branch, sha, message } = occasion;
      return { event: "push", payload: pushPayload({ repository, branch, sha, message, author, pushedAt: at }) };
    }
    case "tag": {
      const { tag, sha, message } = occasion;
      return { event: "push", payload: tagPayload({ repository, tag, sha, message, author, pushedAt: at }) };
    }
    case "pull_request": {
      const { number, branch, sha, base } = occasion;
      const change = { repository, number, branch, sha, base, author, changedAt: at };
      return { event: "pull_request", payload: pullRequestPayload({ ...change, action: "opened" }) };
    }
  }
}

/** One line about what happens. */
export function headlineOf(occasion: Occasion): string {
  switch (occasion.event) {
    case "push":
      return `push to ${occasion.branch}: ${occasion.sha.slice(0, 7)} ${occasion.message}`;
    case "tag":
      return `tag ${occasion.tag}: ${occasion.sha.slice(0, 7)} ${occasion.message}`;
    case "pull_request":
      return `pull request #${occasion.number}: ${occasion.sha.slice(0, 7)} ${occasion.message}`;
    case "rollback":
      return `rollback of ${occasion.environment} to ${occasion.to}`;
  }
}
