import { describe, expect, test } from "vitest";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseKind } from "../ledger/release-ref.ts";
import { decideLock, type LockRequest, type ObservedHolder, type Priority } from "./decide-lock.ts";
import { newLock } from "./hold-lock.ts";

const now = new Date("2026-11-20T10:00:00Z");
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000).toISOString();
const ticket = (release: string, requestedAt: string) => ({
  release,
  executionArn: `arn:${release}`,
  startedAt: requestedAt,
  requestedAt,
});

function requestOf(priority: Priority["kind"] = "normal", kind: ReleaseKind = "deploy"): LockRequest {
  const recovered = { executionArn: "arn:other", redriveCount: 1 };
  return {
    ...ticket("mine", "2026-11-20T09:30:00Z"),
    sha: "my commit",
    kind,
    redriveCount: 0,
    taskToken: "token",
    priority: priority === "recovery" ? { kind: priority, of: recovered } : { kind: priority },
  };
}

const free: LockRecord = { ...newLock("acme/shop", "staging"), epoch: 4, version: 9 };
const holder = { ...ticket("other", "2026-11-20T09:00:00Z"), kind: "deploy", redriveCount: 0 } as const;
const held: LockRecord = { ...free, holder };
const closed: ObservedHolder = { running: false, redriveCount: 1 };
const seenClosed = (seconds: number, redriveCount = 1) => ({
  ...held,
  seenClosed: { executionArn: "arn:other", redriveCount, seenAt: secondsAgo(seconds) },
});
const frozen = (until?: string): LockRecord => ({
  ...free,
  freeze: {
    by: "ops",
    reason: "Black Friday",
    since: secondsAgo(60),
    mode: "wait",
    ...(until !== undefined && { until }),
  },
});
const awaiting: LockRecord = { ...free, awaited: [{ sha: "my commit", by: "promotion" }] };
const later = ticket("later", "2026-11-20T09:45:00Z");

describe("an execution that requests the lock", () => {
  test.each<{
    when: string;
    lock: LockRecord;
    priority?: Priority["kind"];
    seen?: ObservedHolder;
    expected: object;
  }>([
    { when: "gets a free lock", lock: free, expected: { state: "held", epoch: 5 } },
    {
      when: "waits while the holder runs",
      lock: held,
      seen: { running: true, redriveCount: 0 },
      expected: { state: "waiting" },
    },
    {
      when: "waits when it sees the holder closed for the first time",
      lock: held,
      seen: closed,
      expected: { state: "waiting", pollAfterSeconds: 30 },
    },
    {
      when: "waits until the holder was seen closed for 30 seconds",
      lock: seenClosed(29),
      seen: closed,
      expected: { state: "waiting", pollAfterSeconds: 1 },
    },
    {
      when: "takes the lock over from a holder seen closed twice",
      lock: seenClosed(30),
      seen: closed,
      expected: { state: "held", epoch: 5 },
    },
    {
      when: "counts from the start again after a redrive of the holder",
      lock: seenClosed(60, 0),
      seen: closed,
      expected: { state: "waiting", pollAfterSeconds: 30 },
    },
    {
      when: "never takes over a dirty lock",
      lock: { ...seenClosed(600), dirty: true },
      seen: closed,
      expected: { state: "waiting" },
    },
    {
      when: "is superseded by a newer release",
      lock: { ...held, newest: later },
      seen: { running: true, redriveCount: 0 },
      expected: { state: "superseded", by: "later" },
    },
    {
      when: "is not superseded while a promotion waits for its commit, as long as no newer release has got the lock",
      lock: { ...awaiting, newest: later, newestHolder: ticket("older", "2026-11-20T09:00:00Z") },
      expected: { state: "held", lock: { newestHolder: { release: "mine" } } },
    },
    {
      when: "is superseded even so, once a newer release has got the lock",
      lock: { ...awaiting, newest: later, newestHolder: later },
      expected: { state: "superseded", by: "later" },
    },
    {
      when: "is superseded even so, when a lock of an older version does not say which releases have got it",
      lock: { ...awaiting, newest: later },
      expected: { state: "superseded", by: "later" },
    },
    {
      when: "is not superseded as a rollback",
      lock: { ...free, newest: later },
      priority: "rollback",
      expected: { state: "held" },
    },
    { when: "waits during a freeze", lock: frozen(), expected: { state: "waiting" } },
    {
      when: "polls again when the freeze ends",
      lock: frozen("2026-11-20T10:10:00Z"),
      expected: { state: "waiting", pollAfterSeconds: 600 },
    },
    {
      when: "gets the lock after the freeze",
      lock: frozen("2026-11-20T10:00:00Z"),
      expected: { state: "held", epoch: 5 },
    },
    {
      when: "gets the lock during a freeze as a rollback",
      lock: frozen(),
      priority: "rollback",
      expected: { state: "held" },
    },
    {
      when: "takes over the dirty lock of the execution that it recovers",
      lock: { ...held, dirty: true },
      priority: "recovery",
      seen: closed,
      expected: { state: "held", lock: { dirty: true } },
    },
    {
      when: "does not recover an execution that runs again",
      lock: { ...held, dirty: true },
      priority: "recovery",
      seen: { running: true, redriveCount: 2 },
      expected: { state: "waiting" },
    },
    {
      when: "does not recover another redrive",
      lock: { ...held, dirty: true },
      priority: "recovery",
      seen: { running: false, redriveCount: 2 },
      expected: { state: "waiting" },
    },
  ])("$when", ({ lock, priority, seen, expected }) => {
    expect(decideLock(lock, requestOf(priority), seen, now)).toMatchObject(expected);
  });

  test("lets an older one go first while a promotion waits for its commit, except as a rollback", () => {
    const older = { ...ticket("older", "2026-11-20T09:00:00Z"), sha: "its commit" };
    const lock: LockRecord = {
      ...free,
      awaited: [{ sha: "its commit", by: "promotion" }],
      newestHolder: ticket("oldest", "2026-11-20T08:00:00Z"),
      waiters: [{ ...older, kind: "deploy", redriveCount: 0, taskToken: "token" }],
    };
    const decide = (given: LockRecord, priority?: Priority["kind"]) =>
      decideLock(given, requestOf(priority), undefined, now);
    expect(decide(lock)).toMatchObject({ state: "waiting", pollAfterSeconds: 60 });
    expect(decide({ ...lock, waiters: [] }).state).toBe("held");
    expect(decide({ ...lock, newestHolder: ticket("between", "2026-11-20T09:15:00Z") }).state).toBe("held");
    expect(decide(lock, "rollback").state).toBe("held");
  });

  test("waits with one token, the last one", () => {
    const before = { ...held, waiters: [{ ...requestOf(), taskToken: "old" }] };
    const decision = decideLock(before, requestOf(), { running: true, redriveCount: 0 }, now);
    expect(decision.lock?.waiters.map(({ taskToken }) => taskToken)).toEqual(["token"]);
  });

  test("is no longer a waiter once it has the lock or is superseded", () => {
    const waiters = [requestOf()];
    expect(decideLock({ ...free, waiters }, requestOf(), undefined, now).lock?.waiters).toEqual([]);
    expect(decideLock({ ...free, waiters, newest: later }, requestOf(), undefined, now).lock?.waiters).toEqual([]);
  });

  test("gets the lock that it holds again with the same epoch, even during a freeze or when superseded", () => {
    const mine = { ...frozen(), dirty: true, newest: later, holder: { ...requestOf(), redriveCount: 0 } };
    expect(decideLock(mine, requestOf(), undefined, now)).toEqual({ state: "held", epoch: 4 });
    expect(decideLock(mine, { ...requestOf(), redriveCount: 2 }, undefined, now)).toMatchObject({
      state: "held",
      epoch: 4,
      lock: { epoch: 4, dirty: true, holder: { redriveCount: 2 } },
    });
  });

  test("drops the observation of a closed holder when the holder runs again", () => {
    const decision = decideLock(seenClosed(10), requestOf(), { running: true, redriveCount: 2 }, now);
    expect(decision.lock).not.toHaveProperty("seenClosed");
  });
});
