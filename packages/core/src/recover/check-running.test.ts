import { expect, test } from "vitest";
import { configurationOf, oneService } from "../config/configuration.fixture.ts";
import { buildWorld, releaseKey, request } from "../build/build-world.fixture.ts";
import { newLock } from "../lock/hold-lock.ts";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import { checkRunning } from "./check-running.ts";

const executionArn = "arn:one";
const now = new Date("2026-11-20T10:10:00Z");
const record: ReleaseRecord = {
  id: "one",
  executionArn,
  startedAt: "2026-11-20T10:00:00.000Z",
  kind: "deploy",
  repository: "acme/shop",
  environment: "staging",
  ref: "refs/heads/main",
  sha: releaseKey.sha,
  requestedBy: { kind: "github", login: "octocat" },
  requestedAt: "2026-11-20T10:00:00.000Z",
  policyHash: "0",
  status: "open",
};
const configuration = configurationOf({
  ...oneService,
  images: { backend: { ...oneService.images.backend, testTarget: "test" } },
});
const waiter = {
  release: "one",
  executionArn,
  startedAt: record.startedAt,
  requestedAt: record.requestedAt,
  kind: "deploy",
  redriveCount: 0,
  taskToken: "queue",
  waitingSince: "2026-11-20T10:04:00.000Z",
} as const;

/** A release that waits for its build, and for its lock. */
async function waiting(faults: Parameters<typeof buildWorld>[0] = [], change: Partial<LockRecord> = {}) {
  const world = buildWorld([...faults], () => Promise.resolve());
  const token = await request(world, { execution: executionArn, redriveCount: 0 }, () => "build");
  const lock = {
    ...newLock("acme/shop", "staging"),
    waiters: [waiter, { ...waiter, executionArn: "arn:two", taskToken: "two" }],
    ...change,
  };
  const ports = {
    ...world.ports,
    ledger: {
      ...world.ports.ledger,
      configuration: () => Promise.resolve({ repository: "acme/shop", configuration, hash: "0" }),
      release: () => Promise.resolve(record),
      lock: () => Promise.resolve(lock),
    },
    buildProjectPrefix: "lockmaster-",
  };
  return { world, token, checkRunning: () => checkRunning(ports, { ...record, redriveCount: 0 }, now) };
}

test("answers for a build whose end event was lost, and not for a running one", async () => {
  const { world, checkRunning } = await waiting();
  await checkRunning();
  expect(world.answers.has("build")).toBe(false);
  for (const build of world.underWay()) world.end(build, true);
  await checkRunning();
  expect(world.answers.get("build")).toBe("succeeded");
});

test("answers for an ended build whose start was never confirmed", async () => {
  const { world, checkRunning } = await waiting(["after"]);
  for (const build of world.underWay()) world.end(build, false);
  await checkRunning();
  expect(world.answers.get("build")).toBe("failed");
});

const holder = {
  release: "two",
  executionArn: "arn:two",
  startedAt: record.startedAt,
  kind: "deploy",
  redriveCount: 0,
} as const;
const freeze = { by: "ops", reason: "Black Friday", since: record.startedAt, mode: "wait" } as const;

test.each<[what: string, change: Partial<LockRecord>, woken: boolean]>([
  ["a free lock", {}, true],
  ["a held lock", { holder }, false],
  ["a frozen lock", { freeze }, false],
  ["a lock after its freeze", { freeze: { ...freeze, until: "2026-11-20T10:05:00Z" } }, true],
])("wakes the release that waits for %s: %j, %s", async (_, change, woken) => {
  const { world, checkRunning } = await waiting([], change);
  await checkRunning();
  expect(world.answers.has("queue")).toBe(woken);
  expect(world.answers.has("two")).toBe(false);
});

test("reports since when a release has waited, unless it waits for the end of a freeze", async () => {
  const waitingSince = { waitingSince: waiter.waitingSince };
  expect(await (await waiting([], { holder })).checkRunning()).toEqual(waitingSince);
  expect(await (await waiting([], { holder, waiters: [] })).checkRunning()).toEqual({});
  expect(await (await waiting([], { freeze })).checkRunning()).toEqual({});
});
