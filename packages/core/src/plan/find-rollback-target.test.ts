import { describe, expect, test } from "vitest";
import type { ReleaseSummary } from "../ledger/release-record.ts";
import { findRollbackTarget, findSuccessfulReleases } from "./find-rollback-target.ts";

const place = { repository: "acme/shop", environment: "staging" };
const at = (hour: number) => `2026-11-20T${String(hour).padStart(2, "0")}:00:00.000Z`;

/** A release that started at an hour and by default ended then; its digest is its id. */
function release(id: string, hour: number, change: Partial<ReleaseSummary> = {}): ReleaseSummary {
  return {
    ...place,
    id,
    executionArn: `arn:${id}`,
    startedAt: at(hour),
    kind: "deploy",
    ref: "refs/heads/main",
    sha: "a".repeat(40),
    requestedBy: { kind: "operator", name: "ops" },
    requestedAt: at(hour),
    policyHash: "0",
    status: "succeeded",
    services: { web: { web: `sha256:${id}` } },
    endedAt: at(hour),
    ...change,
  };
}
/** The ledger has the last started release first. */
const successful = (...releases: ReleaseSummary[]) =>
  findSuccessfulReleases({ releases: () => Promise.resolve(releases.toReversed()) }, place);
const rollback = (id: string, hour: number, rollsBackTo: string) =>
  release(id, hour, { kind: "rollback", rollsBackTo, services: { web: { web: `sha256:${rollsBackTo}` } } });

describe("previous", () => {
  test.each<[what: string, releases: ReleaseSummary[], target: string]>([
    ["the success before the last one", [release("a", 1), release("b", 2)], "a"],
    [
      "no release that failed, was rolled back or ran no task",
      [
        release("a", 1),
        release("x", 2, { status: "rolled-back" }),
        release("y", 3, { status: "unproven" }),
        release("z", 4, { status: "failed" }),
        release("b", 5),
      ],
      "a",
    ],
    [
      "the release that ended before, not the one that started before",
      [release("late", 1, { endedAt: at(9) }), release("a", 2), release("b", 3)],
      "b",
    ],
    [
      "no release that ran the same images",
      [release("a", 1), release("b", 2), release("docs", 3, { services: { web: { web: "sha256:b" } } })],
      "a",
    ],
    [
      "the release before the one that a rollback rolled back to",
      [release("a", 1), release("b", 2), release("c", 3), rollback("back", 4, "b")],
      "a",
    ],
    [
      "what the environment ran before a release that followed a rollback",
      [release("a", 1), release("b", 2), rollback("back", 3, "a"), release("c", 4)],
      "b",
    ],
  ])("is %s", async (_, releases, target) => {
    expect(findRollbackTarget(await successful(...releases), "previous", place).id).toBe(target);
  });
});

test("finds a release or a rollback by its id", async () => {
  const all = await successful(release("a", 1), release("b", 2), rollback("back", 3, "a"));
  expect(findRollbackTarget(all, "b", place).id).toBe("b");
  expect(findRollbackTarget(all, "back", place)).toMatchObject({ id: "back", rollsBackTo: "a" });
});

test.each([
  ["the release before the only one", "previous", [release("a", 1)]],
  ["the release before none", "previous", []],
  ["a release that did not succeed", "x", [release("a", 1), release("x", 2, { status: "rolled-back" })]],
  ["an unknown release", "nine", [release("a", 1), release("b", 2)]],
])("refuses %s", async (_, to, releases) => {
  const all = await successful(...releases);
  expect(() => findRollbackTarget(all, to, place)).toThrowError(
    expect.objectContaining({ name: "RejectedError", code: "ROLLBACK_TARGET_MISSING" }),
  );
});
