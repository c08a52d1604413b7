import { expect, test } from "vitest";
import type { LockRecord } from "../ledger/lock-record.ts";
import { handBackLock } from "./hand-back-lock.ts";

const ended = { executionArn: "arn:1", redriveCount: 0 };
const lock: LockRecord = {
  repository: "acme/shop",
  environment: "staging",
  epoch: 3,
  holder: { release: "one", startedAt: "2026-11-20T10:00:00Z", kind: "deploy", ...ended },
  dirty: false,
  waiters: [],
  knownBad: [{ release: "zero", images: { api: "sha256:1" } }],
  version: 7,
};

test("an execution without a record leaves the lock that it holds, and nothing is learned from it", () => {
  const { holder: _, ...free } = lock;
  expect(handBackLock(lock, ended, undefined)).toEqual({ state: "left", lock: { ...free, version: 8 }, wakes: true });
});

test("one without a record that began to change its environment leaves it to a settlement", () => {
  expect(handBackLock({ ...lock, dirty: true }, ended, undefined)).toEqual({ state: "dirty" });
});
