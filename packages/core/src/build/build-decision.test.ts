import { describe, expect, test } from "vitest";
import type { BuildRecord, BuildWaiter } from "../ledger/build-record.ts";
import { decideBuild } from "./build-decision.ts";

const now = new Date("2026-11-20T10:00:00Z");
const key = { repository: "acme/shop", image: "backend", sha: "a".repeat(40), recipe: "0123" };
const me: BuildWaiter = { execution: "arn:mine", redriveCount: 0, taskToken: "new" };
const meBefore: BuildWaiter = { ...me, taskToken: "old" };
const other: BuildWaiter = { execution: "arn:other", redriveCount: 0, taskToken: "theirs" };
const request = { ...key, ref: "refs/heads/main", waiter: me, now };
const digest = `sha256:${"d".repeat(64)}`;
const failure = { code: "BUILD_FAILED", message: "the build failed" } as const;

function recorded(changes: Partial<BuildRecord>): BuildRecord {
  return {
    ...key,
    ref: "refs/heads/main",
    attempt: 2,
    status: "running",
    startedAt: "2026-11-20T09:00:00Z",
    buildId: "shop:2",
    waiters: [other],
    version: 7,
    ...changes,
  };
}

const succeeded = recorded({ status: "succeeded", digest });
const failed = recorded({ status: "failed", failure });
const failedForMe = recorded({ status: "failed", failure, waiters: [other, meBefore] });

test.each([
  {
    name: "starts the first attempt when the ledger has no record",
    record: undefined,
    held: false,
    action: "start",
    attempt: 1,
  },
  { name: "reuses an image that the registry holds", record: succeeded, held: true, action: "reuse", attempt: 2 },
  {
    name: "builds again when the registry has lost the image",
    record: succeeded,
    held: false,
    action: "start",
    attempt: 3,
  },
  {
    name: "reuses tests that have passed, which leave nothing in the registry",
    record: recorded({ status: "succeeded", check: true, buildId: "shop:1" }),
    held: false,
    action: "reuse",
    attempt: 2,
  },
  { name: "joins a running build", record: recorded({}), held: false, action: "join", attempt: 2 },
  {
    name: "joins a build that may have started",
    record: recorded({ status: "starting" }),
    held: false,
    action: "join",
    attempt: 2,
  },
  {
    name: "answers with the failure when this execution waited for the build",
    record: failedForMe,
    held: false,
    action: "fail",
    attempt: 2,
  },
  {
    name: "starts another attempt when another execution's build failed",
    record: failed,
    held: false,
    action: "start",
    attempt: 3,
  },
  {
    name: "starts another attempt when the execution was redriven after its build failed",
    record: recorded({ status: "failed", failure, waiters: [{ ...me, redriveCount: -1 }] }),
    held: false,
    action: "start",
    attempt: 3,
  },
])("$name", ({ record, held, action, attempt }) => {
  const decision = decideBuild(record, held, request);

  expect(decision.action).toBe(action);
  expect(decision.record.attempt).toBe(attempt);
});

describe("the waiters of a build", () => {
  test.each([
    { name: "another execution is added", before: [other], after: [other, me] },
    { name: "a newer token of the same execution replaces the older", before: [meBefore, other], after: [other, me] },
    { name: "a redriven execution replaces its earlier redrive", before: [{ ...me, redriveCount: -1 }], after: [me] },
    {
      name: "a late call from before the redrive replaces nothing",
      before: [{ ...me, redriveCount: 1, taskToken: "redriven" }],
      after: [{ ...me, redriveCount: 1, taskToken: "redriven" }],
    },
  ])("$name", ({ before, after }) => {
    const decision = decideBuild(recorded({ waiters: before }), false, request);

    expect(decision).toMatchObject({ action: "join", record: { waiters: after, version: 8 } });
  });

  test("a new attempt keeps only the count of the last one", () => {
    const decision = decideBuild(failed, false, request);

    expect(decision).toEqual({
      action: "start",
      record: {
        ...key,
        ref: "refs/heads/main",
        attempt: 3,
        status: "starting",
        startedAt: now.toISOString(),
        waiters: [me],
        version: 8,
      },
    });
  });
});
