import { configurationOf } from "../config/configuration.fixture.ts";
import { recipeOf } from "../config/recipe.ts";
import { finishRelease } from "../finish/finish-release.ts";
import { RejectedError, RetryableError } from "../lib/errors.ts";
import { acquireLock } from "../lock/acquire-lock.ts";
import type { ObservedExecution } from "../contract/executions.ts";
import type { BuildRecord } from "../ledger/build-record.ts";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { AgendaEntry } from "../ledger/agenda-entry.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import { recoverExecution, type RecoverPorts, type Recovered } from "./recover-execution.ts";

const image = {
  context: ".",
  dockerfile: "Dockerfile",
  repository: "shop/web",
  paths: ["**"],
  platform: "linux/arm64",
  timeoutMinutes: 60,
} as const;
const configuration = configurationOf({
  images: { web: { ...image, paths: ["**"] } },
  environments: {
    staging: {
      on: { branch: "main" },
      cluster: "shop-staging",
      services: { web: { service: "web", containers: { web: "web" } } },
    },
  },
});
const sha = "a".repeat(40);
export const executionArn = "arn:aws:states:eu-west-1:111122223333:execution:release:one";
const now = new Date("2026-11-20T10:10:00Z");
const stoppedAt = "2026-11-20T10:05:00.000Z";

const release = {
  id: "one",
  executionArn,
  startedAt: "2026-11-20T10:00:00.000Z",
  kind: "deploy",
  repository: "acme/shop",
  environment: "staging",
  ref: "refs/heads/main",
  sha,
} as const;

/** What the release was doing when its execution ended. */
export type Progress = "builds" | "waits" | "holds" | "changes";

/** A ledger, Step Functions and CodeBuild in memory, with one release. `turn` lets other calls go first at every call. */
export function recoveryWorld(progress: Progress, turn: (call: string) => Promise<unknown>) {
  const waiter = { execution: executionArn, redriveCount: 0, taskToken: "build" };
  const build: BuildRecord = {
    repository: "acme/shop",
    image: "web",
    sha,
    recipe: recipeOf(image),
    ref: release.ref,
    attempt: 1,
    status: "running",
    startedAt: release.startedAt,
    buildId: "build:1",
    waiters: [waiter],
    version: 1,
  };
  const holder = {
    release: "one",
    executionArn,
    startedAt: release.startedAt,
    kind: "deploy",
    redriveCount: 0,
  } as const;
  const isHeld = progress === "holds" || progress === "changes";
  const queued = { ...holder, requestedAt: release.startedAt, taskToken: "queue" };
  const state: {
    record: ReleaseRecord;
    entry: AgendaEntry | undefined;
    lock: LockRecord;
    build: BuildRecord | undefined;
    execution: ObservedExecution;
    stopped: string[];
    started: string[];
    notified: number;
  } = {
    record: {
      ...release,
      requestedBy: { kind: "github", login: "octocat" },
      requestedAt: release.startedAt,
      policyHash: "0",
      status: "open",
      snapshot: {},
      intents: {},
    },
    entry: { ...release, redriveCount: 0 },
    lock: {
      repository: "acme/shop",
      environment: "staging",
      epoch: 1,
      dirty: progress === "changes",
      knownBad: [],
      waiters: progress === "waits" ? [queued] : [],
      version: 1,
      ...(isHeld && { holder }),
    },
    build: progress === "builds" ? build : undefined,
    execution: { status: "ABORTED", redriveCount: 0, stoppedAt },
    stopped: [],
    started: [],
    notified: 0,
  };
  const conflict = () => new RetryableError("conflict", { code: "CONFLICT" });
  const update = async (call: string, change: () => void) => {
    await turn(call);
    change();
  };
  const ports = {
    ledger: {
      configuration: () => Promise.resolve({ repository: "acme/shop", configuration, hash: "0" }),
      agendaEntry: async () => (await turn("agenda"), state.entry),
      dropAgendaEntry: (entry) =>
        update("drop", () => {
          if (state.entry?.redriveCount === entry.redriveCount) state.entry = undefined;
        }),
      recordRecovery: async (entry, recoveries) => {
        await turn("recovery");
        if (state.entry?.redriveCount !== entry.redriveCount) return false;
        state.entry = { ...state.entry, recoveries };
        return true;
      },
      release: async () => (await turn("record"), state.record),
      releases: () => Promise.resolve([]),
      closeRelease: (_, outcome) =>
        update("close", () => {
          if (state.record.status === "open") state.record = { ...state.record, ...outcome };
          else if (state.record.status !== outcome.status) throw new RejectedError("closed", { code: "CONFLICT" });
        }),
      reopenRelease: async (_: unknown, redriveCount: number) => {
        await update("enter", () => {
          if ((state.entry?.redriveCount ?? -1) < redriveCount) state.entry = { ...release, redriveCount };
        });
        await update("reopen", () => {
          const { pending: _pending, failure: _failure, ...record } = state.record;
          state.record = { ...record, status: "open" };
        });
      },
      recordPending: (_, pending) => update("pending", () => (state.record = { ...state.record, pending })),
      recordTask: () => Promise.resolve(),
      build: async () => (await turn("build"), state.build),
      writeBuild: (record) =>
        update("write build", () => {
          if (state.build?.version !== record.version - 1) throw conflict();
          state.build = record;
        }),
      lock: async () => (await turn("lock"), state.lock),
      writeLock: (record) =>
        update("write lock", () => {
          if (state.lock.version !== record.version - 1) throw conflict();
          state.lock = record;
        }),
    } satisfies RecoverPorts["ledger"] & Record<string, unknown>,
    executions: {
      describe: async () => (await turn("describe"), state.execution),
      start: async (name: string) => {
        await turn("start");
        if (!state.started.includes(name)) state.started.push(name);
        return { executionArn: name, started: true };
      },
    },
    tokens: { succeedTask: () => Promise.resolve(true) },
    builds: { recent: () => Promise.resolve([]), stop: (id: string) => update("stop", () => state.stopped.push(id)) },
    events: { publish: () => update("publish", () => (state.notified += 1)) },
    versionTags: { put: () => Promise.resolve() },
    metrics: { record: () => undefined },
    logAbandoned: () => undefined,
    tasksOf: () => Promise.resolve({ startedBy: () => Promise.resolve([]), stop: () => Promise.resolve() }),
    buildProjectPrefix: "lockmaster-",
  };

  return {
    state,
    /** Recovers as EventBridge and the schedule invoke it: again after a conflict. */
    recover: async (): Promise<Recovered["state"] | undefined> => {
      for (let attempt = 0; attempt < 9; attempt += 1) {
        try {
          return (await recoverExecution(ports, executionArn, now)).state;
        } catch (error) {
          if (!(error instanceof RetryableError)) throw error;
        }
      }
      return undefined;
    },
    /** A function of the execution that runs on after the execution was stopped. */
    finishLate: () =>
      finishRelease(
        {
          ...ports,
          taskDefinitions: { inUse: () => Promise.resolve(new Set()), deregister: () => Promise.resolve() },
          tasks: { startedBy: () => Promise.resolve([]), stop: () => Promise.resolve() },
        },
        { release, redriveCount: 0, result: "released", epoch: 1, proven: true, images: [] },
        now,
      ).catch(() => undefined),
    /** An operator redrives the execution. */
    redrive: () => update("redrive", () => (state.execution = { status: "RUNNING", redriveCount: 1 })),
    /** The redriven execution requests the lock. */
    requestLock: async (): Promise<boolean> => {
      const input = { release, redriveCount: 1, images: [], waitLimitSeconds: 900, taskToken: "again" };
      const changes = { isAncestor: () => Promise.resolve(undefined) };
      for (let attempt = 0; attempt < 9; attempt += 1) {
        try {
          return (await acquireLock({ ...ports, changes }, input, now)).state === "held";
        } catch (error) {
          if (!(error instanceof RetryableError)) throw error;
        }
      }
      return false;
    },
  };
}
