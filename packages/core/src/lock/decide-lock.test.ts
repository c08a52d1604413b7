import { describe, expect, test } from "vitest";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseKind } from "../ledger/release-ref.ts";
import { decideLock, type Asker, type HolderSeen, type Priority } from "./decide-lock.ts";
import { freeLock } from "./hold-lock.ts";

const now = new Date("2026-11-20T10:00:00Z");
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000).toISOString();
const ticket = (release: string, requestedAt: string) => ({
  release,
  executionArn: `arn:${release}`,
  startedAt: requestedAt,
  requestedAt,
});

function asker(priority: Priority["kind"] = "ordinary", kind: ReleaseKind = "deploy"): Asker {
  const settled = { executionArn: "arn:other", redriveCount: 1 };
  return {
    ...ticket("mine", "2026-11-20T09:30:00Z"),
    kind,
    redriveCount: 0,
    taskToken: "token",
    priority: priority === "settlement" ? { kind: priority, of: settled } : { kind: priority },
  };
}

const free: LockRecord = { ...freeLock("acme/shop", "staging"), epoch: 4, version: 9 };
const holder = { ...ticket("other", "2026-11-20T09:00:00Z"), kind: "deploy", redriveCount: 0 } as const;
const held: LockRecord = { ...free, holder };
const closed: HolderSeen = { running: false, redriveCount: 1 };
const seenClosed = (seconds: number, redriveCount = 1) => ({
  ...held,
  seenClosed: { executionArn: "arn:other", redriveCount, seenAt: secondsAgo(seconds) },
});
const frozen = (until?: string): LockRecord => ({
  ...free,
  freeze: { by: "ops", reason: "peace", since: secondsAgo(60), mode: "wait", ...(until !== undefined && { until }) },
});
const later = ticket("later", "2026-11-20T09:45:00Z");

describe("who asks for the lock", () => {
  test.each<{
    when: string;
    lock: LockRecord;
    priority?: Priority["kind"];
    seen?: HolderSeen;
    expected: object;
  }>([
    { when: "gets a free one", lock: free, expected: { state: "held", epoch: 5 } },
    {
      when: "waits for a holder that runs",
      lock: held,
      seen: { running: true, redriveCount: 0 },
      expected: { state: "waiting" },
    },
    {
      when: "suspects a holder that it sees closed",
      lock: held,
      seen: closed,
      expected: { state: "waiting", pollAfterSeconds: 30 },
    },
    {
      when: "waits until it can be sure",
      lock: seenClosed(29),
      seen: closed,
      expected: { state: "waiting", pollAfterSeconds: 1 },
    },
    {
      when: "takes over from one seen closed twice",
      lock: seenClosed(30),
      seen: closed,
      expected: { state: "held", epoch: 5 },
    },
    {
      when: "begins anew after a redrive",
      lock: seenClosed(60, 0),
      seen: closed,
      expected: { state: "waiting", pollAfterSeconds: 30 },
    },
    {
      when: "never takes over a dirty one",
      lock: { ...seenClosed(600), dirty: true },
      seen: closed,
      expected: { state: "waiting" },
    },
    {
      when: "is superseded by a later one",
      lock: { ...held, newest: later },
      seen: { running: true, redriveCount: 0 },
      expected: { state: "superseded", by: "later" },
    },
    {
      when: "is not superseded as a rollback",
      lock: { ...free, newest: later },
      priority: "rollback",
      expected: { state: "held" },
    },
    { when: "waits while it is frozen", lock: frozen(), expected: { state: "waiting" } },
    {
      when: "looks when the freeze ends",
      lock: frozen("2026-11-20T10:10:00Z"),
      expected: { state: "waiting", pollAfterSeconds: 600 },
    },
    {
      when: "gets it when the freeze is over",
      lock: frozen("2026-11-20T10:00:00Z"),
      expected: { state: "held", epoch: 5 },
    },
    {
      when: "gets it in spite of a freeze as a rollback",
      lock: frozen(),
      priority: "rollback",
      expected: { state: "held" },
    },
    {
      when: "inherits a dirty one as its settlement",
      lock: { ...held, dirty: true },
      priority: "settlement",
      seen: closed,
      expected: { state: "held", lock: { dirty: true } },
    },
    {
      when: "does not settle what runs again",
      lock: { ...held, dirty: true },
      priority: "settlement",
      seen: { running: true, redriveCount: 2 },
      expected: { state: "waiting" },
    },
    {
      when: "does not settle another redrive",
      lock: { ...held, dirty: true },
      priority: "settlement",
      seen: { running: false, redriveCount: 2 },
      expected: { state: "waiting" },
    },
  ])("$when", ({ lock, priority, seen, expected }) => {
    expect(decideLock(lock, asker(priority), seen, now)).toMatchObject(expected);
  });

  test("waits with one token, the one that came last", () => {
    const before = { ...held, waiters: [{ ...asker(), taskToken: "old" }] };
    const decision = decideLock(before, asker(), { running: true, redriveCount: 0 }, now);
    expect(decision.lock?.waiters.map(({ taskToken }) => taskToken)).toEqual(["token"]);
  });

  test("leaves the queue with the lock, and with being superseded", () => {
    const waiters = [asker()];
    expect(decideLock({ ...free, waiters }, asker(), undefined, now).lock?.waiters).toEqual([]);
    expect(decideLock({ ...free, waiters, newest: later }, asker(), undefined, now).lock?.waiters).toEqual([]);
  });

  test("gets what it holds again with the same epoch, and writes nothing; whatever else is true by now", () => {
    const mine = { ...frozen(), dirty: true, newest: later, holder: { ...asker(), redriveCount: 0 } };
    expect(decideLock(mine, asker(), undefined, now)).toEqual({ state: "held", epoch: 4 });
    expect(decideLock(mine, { ...asker(), redriveCount: 2 }, undefined, now)).toMatchObject({
      state: "held",
      epoch: 4,
      lock: { epoch: 4, dirty: true, holder: { redriveCount: 2 } },
    });
  });

  test("forgets a suspicion when the holder runs again", () => {
    const decision = decideLock(seenClosed(10), asker(), { running: true, redriveCount: 2 }, now);
    expect(decision.lock).not.toHaveProperty("suspicion");
  });
});
