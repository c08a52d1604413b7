import { describe, expect, test } from "vitest";
import type { ObservedExecution } from "../contract/executions.ts";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import { acquireLock } from "./acquire-lock.ts";
import { newLock } from "./hold-lock.ts";

const now = new Date("2026-11-20T10:30:00Z");
const older = "a".repeat(40);
const newer = "b".repeat(40);
const free: LockRecord = { ...newLock("acme/shop", "staging"), epoch: 4, version: 9 };
const holder = { release: "other", executionArn: "arn:other", startedAt: "", kind: "deploy", redriveCount: 0 } as const;
const lastSuccess = (at: string) => ({ ...free, lastSuccess: { release: "newer", sha: newer, at } });
const knownBad = { ...free, knownBad: [{ release: "bad", images: { backend: "sha256:b1" } }] };
const record: ReleaseRecord = {
  id: "mine",
  executionArn: "arn:mine",
  startedAt: "2026-11-20T10:00:00.000Z",
  kind: "deploy",
  repository: "acme/shop",
  environment: "staging",
  ref: "refs/heads/main",
  sha: older,
  requestedBy: { kind: "github", login: "octocat" },
  requestedAt: "2026-11-20T09:59:00Z",
  policyHash: "0",
  status: "open",
};

type Given = {
  lock?: LockRecord;
  seen?: ObservedExecution;
  change?: Partial<ReleaseRecord>;
  redriveCount?: number;
  waitLimitSeconds?: number;
};

/** Requests the lock once: the answers to the task token, the lock that was written, and the progress or the error. */
async function request({ lock = free, seen, change = {}, redriveCount = 0, waitLimitSeconds = 900 }: Given) {
  const written: LockRecord[] = [];
  const answers: unknown[] = [];
  const release = { ...record, ...change };
  const ports = {
    ledger: {
      lock: () => Promise.resolve(lock),
      writeLock: (next: LockRecord) => Promise.resolve(void written.push(next)),
      release: () => Promise.resolve(release),
      reopenRelease: () => Promise.resolve(),
    },
    executions: { describe: () => Promise.resolve(seen) },
    changes: { isAncestor: (_: string, sha: string, of: string) => Promise.resolve(sha === older && of === newer) },
    tokens: {
      succeedTask: (token: string, answer: unknown) => Promise.resolve(answers.push({ token, answer }) > 0),
    },
  };
  const images = [{ image: "backend", repositoryUri: "uri", digest: "sha256:b1" }];
  const input = { release, redriveCount, images, waitLimitSeconds, taskToken: "token" };
  const progress = await acquireLock(ports, input, now).catch((error: unknown) => error);
  return { progress, written, answers };
}

describe("acquire-lock", () => {
  test("answers with the epoch once the lock is written", async () => {
    const { written, answers } = await request({});
    expect(written).toMatchObject([{ epoch: 5, holder: { release: "mine" } }]);
    expect(answers).toEqual([{ token: "token", answer: { state: "held", epoch: 5 } }]);
  });

  test("stores the token and does not answer while another release holds the lock", async () => {
    const { written, answers } = await request({
      lock: { ...free, holder },
      seen: { status: "RUNNING", redriveCount: 0 },
    });
    expect(written).toMatchObject([{ waiters: [{ release: "mine", taskToken: "token" }] }]);
    expect(answers).toEqual([]);
  });

  test.each(["succeeded", "unproven", "superseded", "rolled-back"] as const)(
    "changes nothing in a late call, after the release ended as %s",
    async (status) => {
      const { progress, written, answers } = await request({ change: { status } });
      expect(progress).toMatchObject({
        name: "RejectedError",
        message: `CONFLICT: release mine has already ended (${status}); start a new execution`,
      });
      expect({ written, answers }).toEqual({ written: [], answers: [] });
    },
  );

  test("reports how long the release has waited since its first request, once it has the lock", async () => {
    const running = { status: "RUNNING", redriveCount: 0 } as const;
    const waitingSince = "2026-11-20T10:20:00Z";
    const waiter = { ...holder, release: "mine", executionArn: "arn:mine", requestedAt: "", taskToken: "old" };
    const waiters = [{ ...waiter, waitingSince }];

    const again = await request({ lock: { ...free, holder, waiters }, seen: running });
    expect(again.written).toMatchObject([{ waiters: [{ taskToken: "token", waitingSince }] }]);
    expect(again.progress).toEqual({ state: "waiting" });
    expect((await request({ lock: { ...free, waiters } })).progress).toEqual({ state: "held", waitedSeconds: 600 });
    expect((await request({})).progress).toEqual({ state: "held", waitedSeconds: 0 });
    const own = { ...free, holder: { ...holder, release: "mine", executionArn: "arn:mine" } };
    expect((await request({ lock: own })).progress).toEqual({ state: "held" });
  });

  test.each<{ what: string; seen?: ObservedExecution }>([
    { what: "has ended", seen: { status: "ABORTED", redriveCount: 0 } },
    { what: "is unknown to Step Functions, after 90 days" },
  ])("polls again soon when the holder $what, and then waits without another answer", async ({ seen }) => {
    const given = { lock: { ...free, holder }, ...(seen !== undefined && { seen }) };
    expect((await request(given)).answers).toEqual([
      { token: "token", answer: { state: "poll", waitLimitSeconds: 30 } },
    ]);
    expect((await request({ ...given, waitLimitSeconds: 30 })).answers).toEqual([]);
  });

  test.each<{ what: string; given: Given; code: string | undefined }>([
    { what: "known-bad digests", given: { lock: knownBad }, code: "KNOWN_BAD_IMAGES" },
    {
      what: "known-bad digests in a promotion",
      given: { lock: knownBad, change: { kind: "promote" } },
      code: "KNOWN_BAD_IMAGES",
    },
    { what: "known-bad digests after a redrive", given: { lock: knownBad, redriveCount: 1 }, code: undefined },
    {
      what: "known-bad digests that an operator requested",
      given: { lock: knownBad, change: { requestedBy: { kind: "operator", name: "me" } } },
      code: undefined,
    },
    {
      what: "a commit that became older while it was built",
      given: { lock: lastSuccess("2026-11-20T10:20:00Z") },
      code: "OLDER_COMMIT",
    },
    {
      what: "a commit that became older while it was planned, by clocks that differ",
      given: { lock: lastSuccess("2026-11-20T09:59:59Z") },
      code: "OLDER_COMMIT",
    },
    {
      what: "a commit that Plan has compared",
      given: { lock: lastSuccess("2026-11-20T09:50:00Z"), change: { plannedAtEpoch: free.epoch } },
      code: undefined,
    },
    {
      what: "an older version, which Plan has compared",
      given: { lock: lastSuccess("2026-11-20T10:20:00Z"), change: { kind: "promote" } },
      code: undefined,
    },
    {
      what: "any release during a freeze that refuses",
      given: { lock: { ...free, freeze: { by: "ops", reason: "Black Friday", since: "", mode: "refuse" } } },
      code: "ENVIRONMENT_FROZEN",
    },
  ])("for $what: $code", async ({ given, code }) => {
    const { progress, written } = await request(given);
    expect(progress).toMatchObject(code === undefined ? { state: "held" } : { name: "RejectedError", code });
    expect(written).toHaveLength(code === undefined ? 1 : 0);
  });
});
