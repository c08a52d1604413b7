import type * as v from "valibot";
import { RejectedError } from "../lib/errors.ts";
import type { Ledger } from "../ledger/ports.ts";
import type { Changes } from "../changes/ports.ts";
import type { Executions } from "../contract/executions.ts";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import { recordOf } from "../policy/service-of-release.ts";
import type { AcquireLockAnswer, AcquireLockInput } from "../contract/steps.ts";
import {
  decideLock,
  waitingSinceOf,
  type Asker,
  type HolderSeen,
  type LockDecision,
  type Priority,
} from "./decide-lock.ts";
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
export type AcquireProgress = Pick<LockDecision, "state"> & {
  /** How long it had to wait, when this very question got the lock. */
  waitedSeconds?: number;
};

/** So much longer than it should, at least, a wait would be, before it is worth to begin it anew with a shorter one. */
const worthwhileSeconds = 30;

/**
 * Asks for the lock of a release's environment. The token is stored and the lock is looked at in one conditional write, so
 * that whoever gives it back either is seen to have done so or sees the token. Safe to ask again at any time, with a new
 * token.
 *
 * @throws RejectedError ENVIRONMENT_FROZEN, KNOWN_BAD_IMAGES, OLDER_COMMIT; CONFLICT when the release is over
 * @throws RetryableError CONFLICT when somebody else dealt with the same lock meanwhile
 */
export async function acquireLock(ports: AcquirePorts, input: Input, now: Date): Promise<AcquireProgress> {
  const { ledger } = ports;
  // In this order: who ends a release writes its record first, and gives the lock back then.
  const lock = await ledger.lock(input.release);
  const record = await recordOf(ledger, input.release);
  refuseFinished(record, input.redriveCount);
  const asker = askerOf(input, record);
  // It may have been settled, or be settled at this very moment, because its execution had ended before.
  if (record.status === "failed" || input.redriveCount > 0)
    await ledger.reopenRelease(input.release, input.redriveCount);
  const decision = decideLock(lock, asker, await checkHolder(ports.executions, lock, asker), now);
  if (decision.state !== "superseded") await refuse(ports, lock, decision, { input, record, now });
  if (decision.lock !== undefined) await ledger.writeLock(decision.lock);
  const answer = answerTo(decision, input.waitLimitSeconds);
  if (answer !== undefined) await ports.tokens.succeedTask(input.taskToken, answer);
  const isNew = decision.state === "held" && lock.holder?.executionArn !== asker.executionArn;
  return { state: decision.state, ...(isNew && { waitedSeconds: waitedFor(lock, asker, now) }) };
}

/**
 * A question that comes late, from a function that was given up: the release has got the lock by another one since, and given it
 * back. It is on the agenda no more, so that nobody would find the lock with it. Redrives reopen their record.
 */
function refuseFinished({ id, status }: ReleaseRecord, redriveCount: number): void {
  if (status === "open" || status === "failed" || redriveCount > 0) return;
  throw new RejectedError(`release ${id} is over: it is ${status}, and needs its environment no more`, {
    code: "CONFLICT",
  });
}

function waitedFor(lock: LockRecord, { executionArn }: Asker, now: Date): number {
  const since = waitingSinceOf(lock, executionArn);
  return since === undefined ? 0 : Math.max(0, (now.getTime() - Date.parse(since)) / 1000);
}

function askerOf({ release, redriveCount, taskToken }: Input, record: ReleaseRecord): Asker {
  return { ...ticketOf(record), kind: release.kind, redriveCount, taskToken, priority: priorityOf(record) };
}

function priorityOf({ kind, recovers }: ReleaseRecord): Priority {
  if (recovers !== undefined) return { kind: "settlement", of: recovers };
  return kind === "rollback" ? { kind: "rollback" } : { kind: "ordinary" };
}

async function checkHolder(
  executions: AcquirePorts["executions"],
  { holder }: LockRecord,
  asker: Asker,
): Promise<HolderSeen | undefined> {
  if (holder === undefined || holder.executionArn === asker.executionArn) return undefined;
  const seen = await executions.describe(holder.executionArn);
  if (seen === undefined) return { running: false, redriveCount: holder.redriveCount };
  const { status, redriveCount } = seen;
  return { running: status === "RUNNING" || status === "PENDING_REDRIVE", redriveCount };
}

/** Not for who holds the lock already: that release is to be brought to its end. */
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
  // Nobody has held the lock since it was planned: what stands there was compared with then.
  const wasCompared = record.plannedAtEpoch === lock.epoch;
  if (release.kind === "deploy" && decision.state === "held" && lastSuccess !== undefined && !wasCompared) {
    await refuseOlderCommit(changes, release, lastSuccess);
  }
}

/** Nothing while it waits, and is to wait as long as it does anyway. */
function answerTo(decision: LockDecision, waitLimitSeconds: number): AcquireLockAnswer | undefined {
  switch (decision.state) {
    case "held":
      return { state: "held", epoch: decision.epoch };
    case "superseded":
      return { state: "superseded", by: decision.by };
    case "waiting": {
      const { pollAfterSeconds = waitLimitSeconds } = decision;
      if (pollAfterSeconds + worthwhileSeconds >= waitLimitSeconds) return undefined;
      return { state: "look", waitLimitSeconds: pollAfterSeconds };
    }
  }
}
