import { describe, expect, test } from "vitest";
import type { RollbackInput } from "../contract/release-input.ts";
import { recoveryName } from "../lib/names.ts";
import { findStart } from "./find-start.ts";

const recovers = { executionArn: "arn:aws:states:eu-west-1:111122223333:execution:release:one", redriveCount: 1 };
const recovery: RollbackInput = {
  kind: "rollback",
  repository: "acme/shop",
  environment: "staging",
  recovers,
  requestedBy: { kind: "lockmaster" },
  requestedAt: "2026-11-21T12:00:00Z",
};
const name = recoveryName(recovers.executionArn, recovers.redriveCount, 1);
const ledger = { start: () => Promise.resolve(undefined) };

describe("a recovery is started by", () => {
  test.each([1, 2, 100])("Lockmaster, under the name of recovery %i", async (count) => {
    const named = { name: recoveryName(recovers.executionArn, recovers.redriveCount, count) };
    expect(await findStart(ledger, named, recovery)).toEqual({ by: "lockmaster" });
  });

  test.each<[string, string, Partial<RollbackInput>]>([
    ["under another name", "recover-it", {}],
    ["of another redrive under this name", name, { recovers: { ...recovers, redriveCount: 0 } }],
    ["in the name of a person", name, { requestedBy: { kind: "github", login: "octocat" } }],
    ["in the name of an operator", name, { requestedBy: { kind: "operator", name: "ops" } }],
  ])("hand %s", async (_, given, change) => {
    expect(await findStart(ledger, { name: given }, { ...recovery, ...change })).toEqual({ by: "hand" });
  });
});
