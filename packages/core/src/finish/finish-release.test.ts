import { configurationOf, threeServices } from "../config/configuration.fixture.ts";
import { describe, expect, test } from "vitest";
import type * as v from "valibot";
import type { StoredConfiguration } from "../config/stored.ts";
import { RejectedError, RetryableError, SideEffectError } from "../lib/errors.ts";
import { newLock } from "../lock/hold-lock.ts";
import type { Measurement } from "../contract/metrics.ts";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseKey, ReleaseRef } from "../ledger/release-ref.ts";
import type { ReleaseRecord, ReleaseSummary, SideEffect } from "../ledger/release-record.ts";
import type { TaskRun } from "../ledger/task-run.ts";
import type { FinishReleaseInput } from "../contract/steps.ts";
import { finishRelease } from "./finish-release.ts";

const family = (name: string) => `arn:aws:ecs:eu-central-1:123456789012:task-definition/${name}`;
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const now = new Date("2026-11-20T10:30:00Z");

const release: ReleaseRef = {
  id: "shop-staging-1",
  executionArn: "arn:aws:states:eu-central-1:123456789012:execution:release:shop-staging-1",
  startedAt: "2026-11-20T10:00:00.000Z",
  kind: "deploy",
  repository: "acme/shop",
  environment: "staging",
  ref: "refs/heads/main",
  sha: "c".repeat(40),
};
const open: ReleaseRecord = {
  ...release,
  requestedBy: { kind: "github", login: "octocat" },
  requestedAt: "2026-11-20T09:59:59Z",
  policyHash: "0123",
  status: "open",
  attempt: 0,
  snapshot: {
    web: { taskDefinition: family("frontend:41"), digests: { web: digest("1"), proxy: digest("9") }, desiredCount: 2 },
    api: { taskDefinition: family("backend:17"), digests: { api: digest("2") }, desiredCount: 2 },
  },
  intents: {
    web: { at: "2026-11-20T10:10:00Z", taskDefinition: family("frontend:42") },
    api: { at: "2026-11-20T10:10:00Z", taskDefinition: family("backend:18") },
  },
  evidence: [
    {
      service: "api",
      code: "CONTAINER_EXITED",
      message: "says password=hunter2",
      exitCode: 0,
      logLines: ["password=hunter2"],
    },
  ],
};
const stored: StoredConfiguration = {
  repository: "acme/shop",
  hash: "0123",
  configuration: configurationOf(threeServices),
};

const held: LockRecord = {
  ...newLock("acme/shop", "staging"),
  epoch: 1,
  dirty: true,
  holder: {
    release: release.id,
    executionArn: release.executionArn,
    startedAt: release.startedAt,
    kind: "deploy",
    redriveCount: 0,
  },
};

type Input = v.InferOutput<typeof FinishReleaseInput>;
const built = (image: string, value: string) => ({ image, repositoryUri: "uri", digest: value, buildId: "b:1" });
const released: Input = {
  release,
  redriveCount: 0,
  result: "released",
  epoch: 1,
  proven: true,
  images: [built("frontend", digest("3")), built("backend", digest("4"))],
};
const crashed = {
  release,
  redriveCount: 0,
  result: "failed",
  epoch: 1,
  images: [built("frontend", digest("3")), built("backend", digest("4"))],
  failure: { error: "RolloutFailedError", cause: "CONTAINER_EXITED: container api of backend exits with code 1" },
  rollbackRedriveCount: 0,
  rollback: "healthy",
} satisfies Input;

/** A ledger with one release, ECS and an event bus, in memory. */
function world(
  record: ReleaseRecord = open,
  inUse: string[] = [],
  deregister?: () => never,
  tagging?: () => Promise<never>,
  others: readonly ReleaseSummary[] = [],
) {
  const log: unknown[] = [];
  const counted: Measurement[] = [];
  let current = record;
  let lock = held;
  const ports = {
    ledger: {
      configuration: () => Promise.resolve(stored),
      release: () => Promise.resolve(current),
      releases: () => Promise.resolve(others),
      closeRelease: (_: ReleaseKey, outcome: Partial<ReleaseRecord>) => {
        if (current.status === "open") current = { ...current, ...outcome };
        return Promise.resolve(void log.push("close"));
      },
      recordTask: (_: unknown, task: string, run: TaskRun) => {
        current = { ...current, tasks: { ...current.tasks, [task]: run } };
        return Promise.resolve();
      },
      recordPending: (_: unknown, pending: readonly SideEffect[], abandoned: readonly string[]) => {
        current = { ...current, pending, ...(abandoned.length > 0 && { abandoned }) };
        return Promise.resolve();
      },
      lock: () => Promise.resolve(lock),
      writeLock: (written: LockRecord) => {
        lock = written;
        return Promise.resolve(void log.push("free"));
      },
      reopenRelease: () => {
        current = { ...current, status: "open" };
        return Promise.resolve();
      },
    },
    tokens: { succeedTask: (token: string) => Promise.resolve(log.push(token) > 0) },
    tasks: {
      startedBy: () => Promise.resolve([]),
      stop: (_: string, taskArn: string) => Promise.resolve(void log.push(taskArn)),
    },
    taskDefinitions: {
      inUse: () => Promise.resolve(new Set(inUse)),
      deregister: (arn: string) => (deregister === undefined ? Promise.resolve(void log.push(arn)) : deregister()),
    },
    events: {
      publish: (detailType: string, detail: Readonly<Record<string, unknown>>) =>
        Promise.resolve(void log.push({ detailType, detail })),
    },
    versionTags: {
      put: (repository: string, image: string, tag: string) =>
        tagging === undefined ? Promise.resolve(void log.push({ repository, image, tag })) : tagging(),
    },
    metrics: { record: (measurements: readonly Measurement[]) => void counted.push(...measurements) },
    logAbandoned: (why: string) => void log.push({ logAbandoned: why }),
  };
  return {
    log,
    counted,
    record: () => current,
    lock: () => lock,
    finish: (input: Input) => finishRelease(ports, input, now).catch((error: unknown) => error),
  };
}

describe("a success", () => {
  test("is committed with every digest that runs afterwards, sidecars included, then published", async () => {
    const { finish, record, log } = world();

    expect(await finish(released)).toEqual({ outcome: "released" });
    expect(record()).toMatchObject({
      status: "succeeded",
      images: { frontend: digest("3"), backend: digest("4") },
      services: { web: { web: digest("3"), proxy: digest("9") }, api: { api: digest("4") } },
      endedAt: now.toISOString(),
    });
    expect(log).toMatchObject([
      "close",
      "free",
      { detailType: "Release Succeeded", detail: { version: "1", outcome: "succeeded", release: { id: release.id } } },
    ]);
  });

  test("without a running task is unproven", async () => {
    const { finish, record } = world();

    await finish({ ...released, proven: false });

    expect(record().status).toBe("unproven");
  });

  test("that was not published yet is published and counted with its own end, once", async () => {
    const ended = { status: "succeeded", endedAt: "2026-11-20T10:20:00Z", pending: ["event"] } as const;
    const { finish, counted, log } = world({ ...open, ...ended });

    await finish(released);
    await finish(released);

    expect(log).toMatchObject(["close", "free", { detail: { endedAt: "2026-11-20T10:20:00Z" } }, "close"]);
    expect(counted.filter(({ metric }) => metric === "Releases")).toEqual([
      { metric: "Releases", of: "succeeded", value: 1 },
    ]);
  });
});

test("a release that changed nothing is committed with the digests that the ledger and ECS have", async () => {
  const inherited = { frontend: digest("1"), backend: digest("2") };
  const snapshot = { ...open.snapshot, api: { taskDefinition: family("backend:17"), digests: {}, desiredCount: 2 } };
  const { finish, record } = world({ ...open, images: inherited, snapshot });

  await finish({ ...released, images: [] });

  expect(record()).toMatchObject({
    status: "succeeded",
    images: inherited,
    services: { web: { web: digest("1"), proxy: digest("9") }, api: { api: digest("2") } },
  });
});

describe("a superseded release", () => {
  const other = (id: string, change: Partial<ReleaseSummary>): ReleaseSummary => ({ ...open, id, ...change });
  const failed = other("failed", { status: "failed" });

  test.each<{ by: string; others: ReleaseSummary[]; inVain: boolean }>([
    { by: "failed", others: [failed], inVain: true },
    { by: "rolled-back", others: [other("rolled-back", { status: "rolled-back" })], inVain: true },
    { by: "newer", others: [failed, other("newer", { status: "superseded", supersededBy: "failed" })], inVain: true },
    { by: "running", others: [failed, other("running", {})], inVain: false },
    { by: "succeeded", others: [failed, other("succeeded", { status: "succeeded" })], inVain: false },
    { by: "loop", others: [other("loop", { status: "superseded", supersededBy: "loop" })], inVain: false },
    { by: "unknown", others: [failed], inVain: false },
  ])("by $by raises the alarm for neither being deployed: $inVain", async ({ by, others, inVain }) => {
    const { finish, record, counted } = world(open, [], undefined, undefined, others);
    expect(await finish({ release, redriveCount: 0, result: "superseded", by })).toEqual({ outcome: "superseded" });
    expect(record()).toMatchObject({ status: "superseded", supersededBy: by });
    expect(record().supersededInVain).toBe(inVain ? true : undefined);
    expect(counted.filter(({ metric }) => metric === "SupersededInVain")).toHaveLength(inVain ? 1 : 0);
  });
});

describe("a promotion", () => {
  const promotion: Input = { ...released, release: { ...release, kind: "promote", ref: "refs/tags/v1.0.0+5" } };
  const record: ReleaseRecord = { ...open, kind: "promote", ref: "refs/tags/v1.0.0+5" };

  test("tags its images with the version, once it is committed", async () => {
    const { finish, log } = world(record);

    expect(await finish(promotion)).toEqual({ outcome: "released" });
    expect(log).toMatchObject([
      "close",
      "free",
      { detailType: "Release Succeeded" },
      { repository: "shop/frontend", image: digest("3"), tag: "v1.0.0_5" },
      { repository: "shop/backend", image: digest("4"), tag: "v1.0.0_5" },
    ]);
  });

  test("is committed and published when the registry refuses the version tag", async () => {
    const refused = new SideEffectError("denied", { code: "VERSION_TAG_NOT_SET" });
    const { finish, log } = world(record, [], undefined, () => Promise.reject(refused));

    expect(await finish(promotion)).toBe(refused);
    expect(log).toMatchObject(["close", "free", { detailType: "Release Succeeded" }]);
  });

  test("is committed, and logs once that its images can never get the version tag", async () => {
    const refused = new RejectedError("another image has the tag", { code: "VERSION_TAG_NOT_SET" });
    const { finish, log, record: now } = world(record, [], undefined, () => Promise.reject(refused));

    expect(await finish(promotion)).toEqual({ outcome: "released" });
    expect(await finish(promotion)).toEqual({ outcome: "released" });
    expect(now()).toMatchObject({ status: "succeeded", pending: [], abandoned: [refused.message] });
    expect(log.filter((line) => Object.hasOwn(Object(line), "logAbandoned"))).toEqual([
      { logAbandoned: refused.message },
    ]);
  });

  test("keeps its tags pending while one of its images can still get the version tag", async () => {
    const errors = [
      new RejectedError("no image", { code: "VERSION_TAG_NOT_SET" }),
      new SideEffectError("denied", { code: "VERSION_TAG_NOT_SET" }),
    ];
    const failing = errors.values();
    const { finish, record: now } = world(record, [], undefined, () => Promise.reject(failing.next().value));

    expect(await finish(promotion)).toBe(errors[1]);
    expect(now()).toMatchObject({ pending: ["tags"] });
    expect(now()).not.toHaveProperty("abandoned");
  });
});

describe("a failure", () => {
  test("ends the execution with the reason, what runs now and what to do, in one line", async () => {
    const error = await world().finish(crashed);

    expect(error).toMatchObject({ name: "RolloutFailedError", code: "CONTAINER_EXITED" });
    expect(error).toHaveProperty(
      "message",
      "CONTAINER_EXITED: container api of backend exits with code 1. Rolled back: api to backend:17, web to frontend:41. Push a fix, or redrive to try this release again.",
    );
  });

  test("is committed first; the known-bad task definitions are deregistered under the lock, and the outcome is published", async () => {
    const { finish, record, log } = world();

    await finish(crashed);

    expect(record()).toMatchObject({ status: "rolled-back", failure: { error: "RolloutFailedError" } });
    expect(log).toMatchObject([
      "close",
      family("frontend:42"),
      family("backend:18"),
      "free",
      { detailType: "Release Rolled Back", detail: { failure: { code: "CONTAINER_EXITED" } } },
    ]);
  });

  test("publishes codes and facts, and nothing of a container's log", async () => {
    const { finish, log } = world();

    await finish({
      ...crashed,
      failure: { ...crashed.failure, cause: `${crashed.failure.cause}: password=hunter2` },
    });

    expect(JSON.stringify(log)).not.toContain("hunter2");
    expect(log.at(-1)).toMatchObject({
      detail: {
        failure: { code: "CONTAINER_EXITED" },
        evidence: [{ service: "api", code: "CONTAINER_EXITED", exitCode: 0 }],
      },
    });
  });

  test("deregisters no task definition in a repeated call, without the lock", async () => {
    const { finish, log } = world();
    await finish(crashed);
    log.length = 0;

    expect(await finish(crashed)).toMatchObject({ name: "RolloutFailedError" });
    expect(log).not.toContain(family("frontend:42"));
  });

  test("keeps a task definition that a service still runs, and one that it rolls back to", async () => {
    const same = { ...open, intents: { api: { at: "2026-11-20T10:10:00Z", taskDefinition: family("backend:17") } } };
    const stillRunning = world(open, [family("frontend:42")]);
    const unchanged = world(same);

    await stillRunning.finish(crashed);
    await unchanged.finish(crashed);

    expect(stillRunning.log).not.toContain(family("frontend:42"));
    expect(unchanged.log).not.toContain(family("backend:17"));
  });

  test("stops the running tasks, deregisters their task definitions, and names the tasks that are not undone", async () => {
    const run: TaskRun = {
      when: "before",
      attempt: 1,
      redriveCount: 0,
      run: 1,
      taskDefinition: family("backend:19"),
      startedAt: "2026-11-20T10:08:00Z",
      status: "running",
      taskArn: "arn:task/1",
      version: 2,
    };
    const { finish, log, record } = world({ ...open, intents: {}, tasks: { migrate: run } });

    const message = String(await finish(crashed));

    expect(message).toContain("No service was changed. What these tasks did is not undone: migrate");
    expect(record().tasks?.["migrate"]).toMatchObject({ status: "stopped", version: 3 });
    expect(log.indexOf("arn:task/1")).toBeLessThan(log.indexOf("close"));
    expect(log).toContain(family("backend:19"));
  });

  test("reports that the known-bad task definitions could not be deregistered", async () => {
    const { finish, record } = world(open, [], () => {
      throw new RejectedError("denied", { code: "AWS_REFUSED" });
    });

    expect(String(await finish(crashed))).toContain("still registered: AWS_REFUSED: denied");
    expect(record().status).toBe("rolled-back");
  });

  test("is retried when ECS does not answer", async () => {
    const { finish } = world(open, [], () => {
      throw new RetryableError("throttled", { code: "AWS_UNAVAILABLE" });
    });

    expect(await finish(crashed)).toMatchObject({ name: "RetryableError" });
  });

  test("whose rollback failed keeps the task definitions registered and reports both failures", async () => {
    const { finish, record, log } = world();

    const error = await finish({
      ...crashed,
      rollback: "failed",
      rollbackMessage: 'RejectedError: {"errorType":"RejectedError","errorMessage":"AWS_REFUSED: no"}',
    });

    expect(error).toMatchObject({ name: "RolloutFailedError", code: "CONTAINER_EXITED" });
    expect(String(error)).toContain("The rollback failed too, so check the services now: no.");
    expect(record().status).toBe("rollback-failed");
    expect(log).toMatchObject(["close", "free", { detailType: "Rollback Failed" }]);
  });

  test("before a service was changed reports that none was", async () => {
    const error = await world({ ...open, intents: {} }).finish(crashed);

    expect(String(error)).toContain("No service was changed");
  });

  test("of a first deployment reports its result", async () => {
    const first = {
      ...open,
      snapshot: { api: { digests: {}, desiredCount: 1 } },
      intents: { api: { at: "2026-11-20T10:10:00Z" } },
    };

    expect(String(await world(first).finish(crashed))).toContain("Nothing to roll back to, so scaled to zero: api");
  });

  test("redriven after its rollback was finished reopens the release", async () => {
    const { finish, record, log } = world({ ...open, status: "rolled-back" });

    expect(await finish({ ...crashed, redriveCount: 1 })).toEqual({ outcome: "redriven" });
    expect(record().status).toBe("open");
    expect(log).toEqual([]);
  });
});
