import { expect, test } from "vitest";
import type { LockRecord } from "../ledger/lock-record.ts";
import { removeFromLock } from "./remove-from-lock.ts";

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

test("frees the lock of an execution without a record, and records no image outcome", () => {
  const { holder: _, ...free } = lock;
  expect(removeFromLock(lock, ended, undefined)).toEqual({
    state: "removed",
    lock: { ...free, version: 8 },
    wakes: true,
  });
});

test("keeps the dirty lock of an execution without a record for its recovery", () => {
  expect(removeFromLock({ ...lock, dirty: true }, ended, undefined)).toEqual({ state: "dirty" });
});
