import { expect, test } from "vitest";
import type { ReleaseSummary } from "../ledger/release-record.ts";
import { findNewer } from "./find-verified.ts";

const release = (id: string, supersededBy?: string): ReleaseSummary => ({
  id,
  executionArn: `arn:${id}`,
  startedAt: "2026-11-20T10:00:00Z",
  kind: "deploy",
  repository: "acme/shop",
  environment: "staging",
  ref: "refs/heads/main",
  sha: "a".repeat(40),
  requestedBy: { kind: "github", login: "octocat" },
  requestedAt: "2026-11-20T10:00:00Z",
  policyHash: "0",
  status: supersededBy === undefined ? "succeeded" : "superseded",
  ...(supersededBy !== undefined && { supersededBy }),
});

test.each<[string, readonly ReleaseSummary[], string | undefined]>([
  ["the one that superseded it", [release("one", "two"), release("two")], "two"],
  ["the last of several", [release("one", "two"), release("two", "three"), release("three")], "three"],
  ["none when it is not among the searched ones", [release("one", "two"), release("two", "three")], undefined],
  ["none when they superseded each other", [release("one", "two"), release("two", "one")], undefined],
])("the release that superseded another one is %s", (_, all, expected) => {
  expect(findNewer(all, release("one", "two"))?.id).toBe(expected);
});
