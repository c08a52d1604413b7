import { expect, test } from "vitest";
import type { ReleaseSummary } from "../ledger/release-record.ts";
import { findNewer } from "./find-newer.ts";

type Superseded = Pick<ReleaseSummary, "id" | "status" | "supersededBy">;

const release = (id: string, supersededBy?: string): Superseded => ({
  id,
  status: supersededBy === undefined ? "succeeded" : "superseded",
  ...(supersededBy !== undefined && { supersededBy }),
});

test.each<[string, readonly Superseded[], string | undefined]>([
  ["the one that superseded it", [release("one", "two"), release("two")], "two"],
  ["the last of several", [release("one", "two"), release("two", "three"), release("three")], "three"],
  ["none when it is not among the searched ones", [release("one", "two"), release("two", "three")], undefined],
  ["none when they superseded each other", [release("one", "two"), release("two", "one")], undefined],
])("the release that superseded another one is %s", (_, all, expected) => {
  expect(findNewer(all, release("one", "two"))?.id).toBe(expected);
});
