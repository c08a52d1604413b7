import { describe, expect, test } from "vitest";
import { RetryableError } from "../lib/errors.ts";
import type { LockRecord, LockWaiter } from "../ledger/lock-record.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import { handBack, type ImageOutcome } from "./hand-back.ts";
import { newLock } from "./hold-lock.ts";

const release: ReleaseRef = {
  id: "shop-staging-1",
  executionArn: "arn:shop-staging-1",
  startedAt: "2026-11-20T10:00:00.000Z",
  kind: "deploy",
  repository: "acme/shop",
  environment: "staging",
  ref: "refs/heads/main",
  sha: "c".repeat(40),
};
const waiter = (name: string, requestedAt: string): LockWaiter => ({
  release: name,
  executionArn: `arn:${name}`,
  startedAt: requestedAt,
  requestedAt,
  kind: "deploy",
  redriveCount: 0,
  taskToken: `token of ${name}`,
});
const held: LockRecord = {
  ...newLock("acme/shop", "staging"),
  epoch: 7,
  dirty: true,
  holder: { ...waiter(release.id, release.startedAt), release: release.id },
  waiters: [waiter("two", "2026-11-20T10:02:00Z"), waiter("three", "2026-11-20T10:03:00Z")],
  seenClosed: { executionArn: release.executionArn, redriveCount: 0, seenAt: "2026-11-20T10:04:00Z" },
  knownBad: [{ release: "earlier", images: { backend: "b1" } }],
  version: 12,
};
const proven: ImageOutcome = { proven: { backend: "b1" }, at: "2026-11-20T10:10:00.000Z" };

/** Frees the lock and wakes the waiters: the lock that was written, the tokens that were woken, and the error. */
async function give(lock: LockRecord, outcome: ImageOutcome, { epoch = 7, fails = false } = {}) {
  const written: LockRecord[] = [];
  const woken: string[] = [];
  const ports = {
    ledger: { writeLock: (record: LockRecord) => Promise.resolve(void written.push(record)) },
    tokens: {
      succeedTask: (token: string) =>
        fails
          ? Promise.reject(new RetryableError("no answer", { code: "AWS_UNAVAILABLE" }))
          : Promise.resolve(woken.push(token) > 0),
    },
  };
  const wake = await handBack(ports, lock, epoch, release, outcome);
  const failure = await wake().catch((error: unknown) => error);
  return { written, woken, failure };
}

describe("a lock that its release frees", () => {
  test("is free and clean, keeps its epoch, and has the last success", async () => {
    const { written } = await give(held, proven);
    const { holder: _, seenClosed: __, ...rest } = held;
    const lastSuccess = { release: release.id, sha: release.sha, at: "2026-11-20T10:10:00.000Z" };
    expect(written).toEqual([{ ...rest, dirty: false, lastSuccess, knownBad: [], version: 13 }]);
  });

  test("has the known-bad images, and keeps the last success", async () => {
    const lastSuccess = { release: "earlier", sha: "b".repeat(40), at: "2026-11-20T09:00:00.000Z" };
    const { written } = await give({ ...held, lastSuccess }, { knownBad: { backend: "b2" } });
    expect(written[0]).toMatchObject({
      lastSuccess,
      knownBad: [
        { release: release.id, images: { backend: "b2" } },
        { release: "earlier", images: { backend: "b1" } },
      ],
    });
  });

  test("wakes all waiters, the newest first, and keeps them until they poll", async () => {
    const { written, woken } = await give(held, proven);
    expect(woken).toEqual(["token of three", "token of two"]);
    expect(written[0]?.waiters).toHaveLength(2);
  });

  test("reports that no waiter could be woken", async () => {
    const { written, failure } = await give(held, proven, { fails: true });
    expect(written).toHaveLength(1);
    expect(failure).toMatchObject({ name: "SideEffectError", code: "WAITERS_NOT_WOKEN" });
  });

  test("is not written again, but its waiters are woken again", async () => {
    const { holder: _, ...free } = held;
    const { written, woken } = await give({ ...free, dirty: false }, proven);
    expect(written).toEqual([]);
    expect(woken).toHaveLength(2);
  });

  test("is not changed when another release holds it, and its waiters are not woken", async () => {
    const { written, woken } = await give({ ...held, epoch: 8 }, proven);
    expect([written, woken]).toEqual([[], []]);
  });
});
