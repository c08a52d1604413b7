import type * as v from "valibot";
import { RejectedError } from "../lib/errors.ts";
import type { Ledger } from "../ledger/ports.ts";
import type { Changes } from "../changes/ports.ts";
import type { Executions } from "../contract/executions.ts";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import { recordOf } from "../policy/policy.ts";
import type { AcquireLockAnswer, AcquireLockInput } from "../contract/steps.ts";
import {
  decideLock,
  waitingSinceOf,
  type LockDecision,
  type LockRequest,
  type ObservedHolder,
  type Priority,
} from "./decide-lock.ts";
import { dropFailed } from "./drop-failed.ts";
import { refuseFrozen } from "./freeze.ts";
import { refuseOlderCommit } from "../changes/older-commit.ts";
import { refuseKnownBad } from "./known-bad-images.ts";
import { ticketOf } from "./ticket.ts";
import type { WakingTokens } from "./wake-waiters.ts";

export type AcquirePorts = {
  ledger: Pick<Ledger, "lock" | "writeLock" | "release" | "reopenRelease">;
  executions: Pick<Executions, "describe">;
  changes: Pick<Changes, "isAncestor">;
  tokens: WakingTokens;
};

type Input = v.InferOutput<typeof AcquireLockInput>;

/** For the log; the answer itself goes to the task token. */
export type AcquireProgress = { state: LockDecision["state"] | "outdated" } & {
  /** How long the release had waited, when this call got the lock. */
  waitedSeconds?: number;
};

/** A shorter wait limit must save at least this much before the release starts its wait again with it. */
const minSecondsSaved = 30;

/**
 * Requests the lock of a release's environment. Stores the token with a write that fails when the lock has changed since it was
 * read: a release that frees the lock either did so before, or finds the token. Idempotent, and may be repeated with a new token
 * at any time. A manual rollback is planned again when another release has succeeded since it was planned.
 *
 * @throws RejectedError ENVIRONMENT_FROZEN, KNOWN_BAD_IMAGES, OLDER_COMMIT; CONFLICT when the release has already ended
 * @throws RetryableError CONFLICT when another function wrote the lock meanwhile
 */
export async function acquireLock(ports: AcquirePorts, input: Input, now: Date): Promise<AcquireProgress> {
  const { ledger } = ports;
  // In this order: the end of a release is recorded before its lock is freed.
  const stored = await ledger.lock(input.release);
  const record = await recordOf(ledger, input.release);
  refuseEnded(record, input.redriveCount);
  const request = requestOf(input, record);
  const lock = request.priority.kind === "normal" ? await dropFailed(ledger, stored, request) : stored;
  // Recovery may have closed the record, or be closing it now, because the execution had ended before this redrive.
  if (record.status === "failed" || input.redriveCount > 0)
    await ledger.reopenRelease(input.release, input.redriveCount);
  const decision = decideLock(lock, request, await observeHolder(ports.executions, lock, request), now);
  if (decision.state === "held" && isOutdated(record, lock)) {
    await ports.tokens.succeedTask(input.taskToken, { state: "outdated" } satisfies AcquireLockAnswer);
    return { state: "outdated" };
  }
  if (decision.state !== "superseded") await refuse(ports, lock, decision, { input, record, now });
  if (decision.lock !== undefined) await ledger.writeLock(decision.lock);
  const answer = answerTo(decision, input.waitLimitSeconds);
  if (answer !== undefined) await ports.tokens.succeedTask(input.taskToken, answer);
  const isNew = decision.state === "held" && lock.holder?.executionArn !== request.executionArn;
  return { state: decision.state, ...(isNew && { waitedSeconds: waitedFor(lock, request, now) }) };
}

/**
 * Refuses a late call: a function that timed out may still run when another call got the lock and the release has ended. The
 * release is no longer on the agenda, so recovery would not find the lock. A redrive reopens the record.
 */
function refuseEnded({ id, status }: ReleaseRecord, redriveCount: number): void {
  if (status === "open" || status === "failed" || redriveCount > 0) return;
  throw new RejectedError(`release ${id} has already ended (${status}); start a new execution`, { code: "CONFLICT" });
}

/**
 * Whether another release has succeeded since a manual rollback was planned: what ran before the running release is then another
 * one. Not of a rollback that holds the lock already.
 */
function isOutdated(
  { kind, recovers, executionArn, standing }: ReleaseRecord,
  { holder, lastSuccess }: LockRecord,
): boolean {
  if (kind !== "rollback" || recovers !== undefined || holder?.executionArn === executionArn) return false;
  return standing !== lastSuccess?.release;
}

function waitedFor(lock: LockRecord, { executionArn }: LockRequest, now: Date): number {
  const since = waitingSinceOf(lock, executionArn);
  return since === undefined ? 0 : Math.max(0, (now.getTime() - Date.parse(since)) / 1000);
}

function requestOf({ release, redriveCount, taskToken }: Input, record: ReleaseRecord): LockRequest {
  return { ...ticketOf(record), kind: release.kind, redriveCount, taskToken, priority: priorityOf(record) };
}

function priorityOf({ kind, recovers }: ReleaseRecord): Priority {
  if (recovers !== undefined) return { kind: "recovery", of: recovers };
  return kind === "rollback" ? { kind: "rollback" } : { kind: "normal" };
}

async function observeHolder(
  executions: AcquirePorts["executions"],
  { holder }: LockRecord,
  request: LockRequest,
): Promise<ObservedHolder | undefined> {
  if (holder === undefined || holder.executionArn === request.executionArn) return undefined;
  const execution = await executions.describe(holder.executionArn);
  if (execution === undefined) return { running: false, redriveCount: holder.redriveCount };
  const { status, redriveCount } = execution;
  return { running: status === "RUNNING" || status === "PENDING_REDRIVE", redriveCount };
}

/** Applies to new holders only: a release that holds the lock already must be able to finish. */
async function refuse(
  { changes }: AcquirePorts,
  lock: LockRecord,
  decision: LockDecision,
  { input: { release, images, redriveCount }, record, now }: { input: Input; record: ReleaseRecord; now: Date },
): Promise<void> {
  if (lock.holder?.executionArn === release.executionArn || release.kind === "rollback") return;
  refuseFrozen(lock, now);
  const isAutomatic = redriveCount === 0 && record.requestedBy.kind === "github";
  if (isAutomatic) refuseKnownBad(lock, Object.fromEntries(images.map(({ image, digest }) => [image, digest])));
  const { lastSuccess } = lock;
  // No release has held the lock since this one was planned: Plan has compared it with the last success.
  const wasCompared = record.plannedAtEpoch === lock.epoch;
  if (release.kind === "deploy" && decision.state === "held" && lastSuccess !== undefined && !wasCompared) {
    await refuseOlderCommit(changes, release, lastSuccess);
  }
}

/** Undefined while the release waits with the wait limit that it has already. */
function answerTo(decision: LockDecision, waitLimitSeconds: number): AcquireLockAnswer | undefined {
  switch (decision.state) {
    case "held":
      return { state: "held", epoch: decision.epoch };
    case "superseded":
      return { state: "superseded", by: decision.by };
    case "waiting": {
      const { pollAfterSeconds = waitLimitSeconds } = decision;
      if (pollAfterSeconds + minSecondsSaved >= waitLimitSeconds) return undefined;
      return { state: "poll", waitLimitSeconds: pollAfterSeconds };
    }
  }
}
