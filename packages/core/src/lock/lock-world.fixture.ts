import * as v from "valibot";
import { LockLostError, RetryableError, SideEffectError } from "../lib/errors.ts";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { RecoveredExecution } from "../ledger/release-ref.ts";
import type { AcquireLockAnswer } from "../contract/steps.ts";
import { acquireLock } from "./acquire-lock.ts";
import { handBack } from "./hand-back.ts";
import { awaitCommit } from "./await-commit.ts";
import { beginToChange, newLock, isHeld } from "./hold-lock.ts";
import { queueUp } from "./queue-up.ts";
import { ticketOf } from "./ticket.ts";

const Answer: v.GenericSchema<AcquireLockAnswer> = v.variant("state", [
  v.object({ state: v.literal("held"), epoch: v.number() }),
  v.object({ state: v.literal("poll"), waitLimitSeconds: v.exactOptional(v.number()) }),
  v.object({ state: v.literal("superseded"), by: v.string() }),
]);

/**
 * What happens to a release once it holds the lock. `aborted late`: its function runs on after the execution is aborted. `fails
 * early`: as soon as it is planned.
 */
export type Fate = "finishes" | "never ends" | "fails early" | "aborted clean" | "aborted late" | "aborted dirty";

export type Actor = {
  record: ReleaseRecord;
  fate: Fate;
  state: "waits" | "ended" | "superseded" | "aborted";
  /** A promotion waits for its commit. */
  isAwaited: boolean;
};

/** A release that requests the lock of staging, or of another environment. */
export function actor(
  id: string,
  requestedAt: string,
  fate: Fate,
  {
    environment = "staging",
    recovers,
    isAwaited = false,
  }: { environment?: string; recovers?: RecoveredExecution; isAwaited?: boolean } = {},
): Actor {
  const record: ReleaseRecord = {
    id,
    executionArn: `arn:${id}`,
    startedAt: "2026-11-20T10:00:00.000Z",
    kind: recovers === undefined ? "deploy" : "rollback",
    repository: "acme/shop",
    environment,
    ref: "refs/heads/main",
    sha: id,
    requestedBy: { kind: "github", login: "octocat" },
    requestedAt,
    policyHash: "0",
    status: "open",
    ...(recovers !== undefined && { recovers }),
  };
  return { record, fate, state: "waits", isAwaited };
}

/** A ledger and Step Functions in memory. `turn` lets other calls go first at every call; a waking may get lost. */
export function lockWorld(turn: (call: string) => Promise<unknown>, wakings: boolean[] = []) {
  const locks = new Map<string, LockRecord>();
  const answers = new Map<string, AcquireLockAnswer>();
  const actors = new Map<string, Actor>();
  const changing = new Set<Actor>();
  /** In the order in which they began to change their environment. */
  const changes: Actor[] = [];
  const violations: string[] = [];
  let now = Date.parse("2026-11-20T10:00:00Z");
  let tokens = 0;
  /** The token that each waits with; none after a failed call, which the state machine retries at once. */
  const waitsWith = new Map<Actor, string>();

  const lockOf = ({ repository, environment }: Pick<LockRecord, "repository" | "environment">) =>
    locks.get(environment) ?? newLock(repository, environment);
  const ledger = {
    async lock(of: Pick<LockRecord, "repository" | "environment">) {
      await turn("read");
      return lockOf(of);
    },
    async writeLock(record: LockRecord) {
      await turn("write");
      const before = lockOf(record);
      if (before.version !== record.version - 1) throw new RetryableError("conflict", { code: "CONFLICT" });
      if (record.epoch < before.epoch) violations.push(`epoch fell from ${before.epoch} to ${record.epoch}`);
      if (record.dirty && record.holder === undefined) violations.push("dirty without a holder");
      locks.set(record.environment, record);
    },
    async markDirty(of: Pick<LockRecord, "repository" | "environment">, epoch: number) {
      await turn("mark");
      const before = lockOf(of);
      if (!isHeld(before, epoch)) return false;
      locks.set(of.environment, { ...before, dirty: true, version: before.version + 1 });
      return true;
    },
    /** Recovery closes the record of an aborted execution at once. */
    release: ({ id }: { id: string }) => {
      const { record, state } = actors.get(`arn:${id}`) ?? {};
      return Promise.resolve(record && (state === "aborted" ? { ...record, status: "failed" as const } : record));
    },
    reopenRelease: () => Promise.resolve(),
  };
  const ports = {
    ledger,
    executions: {
      async describe(executionArn: string) {
        await turn("describe");
        const isRunning = actors.get(executionArn)?.state === "waits";
        return { status: isRunning ? ("RUNNING" as const) : ("ABORTED" as const), redriveCount: 0 };
      },
    },
    changes: { isAncestor: () => Promise.resolve(undefined) },
    tokens: {
      async succeedTask(token: string, output: unknown) {
        await turn("token");
        const answer = v.parse(Answer, output);
        if (answer.state === "poll" && wakings.shift() === false)
          throw new RetryableError("lost", { code: "CONFLICT" });
        answers.set(token, answer);
        return true;
      },
    },
  };

  /** One call of acquire-lock, and what follows when it gets the lock. */
  async function request(one: Actor): Promise<void> {
    const { record } = one;
    const taskToken = `token-${(tokens += 1)}`;
    const input = { release: record, redriveCount: 0, images: [], waitLimitSeconds: 900, taskToken };
    waitsWith.delete(one);
    const failed = failedReleases();
    try {
      await acquireLock(ports, input, new Date(now));
      waitsWith.set(one, taskToken);
      const answer = answers.get(taskToken);
      if (answer?.state === "superseded") supersede(one, answer.by, failed);
      if (answer?.state === "held") await hold(one, answer.epoch);
    } catch (error) {
      if (!(error instanceof RetryableError || error instanceof LockLostError)) throw error;
      waitsWith.delete(one);
    }
  }

  const failedReleases = () => {
    const aborted = [...actors.values()].filter(({ state }) => state === "aborted");
    return new Set(aborted.map(({ record }) => record.id));
  };

  /** @param failed the releases that had failed when the decision began */
  function supersede(one: Actor, by: string, failed: ReadonlySet<string>): void {
    one.state = "superseded";
    if (one.record.recovers === undefined && failed.has(by))
      violations.push(`${one.record.id} is superseded by ${by}, which had failed`);
  }

  async function hold(one: Actor, epoch: number): Promise<void> {
    const { record, fate } = one;
    if (fate === "never ends") return;
    if (fate !== "finishes" && fate !== "aborted dirty") one.state = "aborted";
    if (fate === "aborted clean") return;
    await beginToChange(ledger, record, epoch);
    changing.add(one);
    changes.push(one);
    const rivals = [...changing].filter((other) => other.record.environment === record.environment);
    if (rivals.length > 1) violations.push(`${rivals.map((rival) => rival.record.id).join(" and ")} at once`);
    await turn("change");
    changing.delete(one);
    if (fate === "finishes") await finish(one, epoch);
    else one.state = "aborted";
  }

  async function finish(one: Actor, epoch: number): Promise<void> {
    const { record } = one;
    for (;;) {
      try {
        const isSuccess = record.recovers === undefined;
        const outcome = isSuccess ? { proven: {}, at: new Date(now).toISOString() } : { knownBad: {} };
        const wake = await handBack(ports, await ledger.lock(record), epoch, record, outcome);
        one.state = "ended";
        await wake().catch(() => undefined);
        return;
      } catch (error) {
        if (!(error instanceof RetryableError)) throw error;
      }
    }
  }

  return {
    violations,
    changes,
    request,
    /** Whether the state machine calls again now, without waiting for the heartbeat to end. */
    isAwake: (one: Actor) => answers.has(waitsWith.get(one) ?? "") || !waitsWith.has(one),
    lock: lockOf,
    add: (one: Actor) => void actors.set(one.record.executionArn, one),
    /** Takes its ticket as plan-release does: again after a conflict; a promotion that waits for it records so before. */
    async plan(one: Actor): Promise<void> {
      for (;;) {
        const failed = failedReleases();
        try {
          if (one.isAwaited) await awaitCommit(ledger, one.record, { sha: one.record.sha, by: "promotion" });
          const queued = await queueUp(ports, one.record, new Date(now));
          if (queued.state === "superseded") supersede(one, queued.by, failed);
          else if (one.fate === "fails early") one.state = "aborted";
          return;
        } catch (error) {
          if (!(error instanceof RetryableError || error instanceof SideEffectError)) throw error;
        }
      }
    },
    pass: (seconds: number) => void (now += seconds * 1000),
    ticket: (one: Actor) => ticketOf(one.record),
  };
}
