import type * as v from "valibot";
import { finishCheck } from "./finish-check.ts";
import { handBack } from "../lock/hand-back.ts";
import { isHeld, lostLock } from "../lock/hold-lock.ts";
import { knownBadImages } from "../lock/known-bad-images.ts";
import type { WakingTokens } from "../lock/wake-waiters.ts";
import { policyOf, type Policy } from "../policy/policy.ts";
import type { Ledger } from "../ledger/ports.ts";
import type { TaskDefinitionRegistry } from "../ecs/ports.ts";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { FinishReleaseInput, FinishReleaseOutput } from "../contract/steps.ts";
import { stopTasks, type StopTasksPorts } from "../tasks/stop-tasks.ts";
import { rolledBackError } from "../notify/rolled-back-error.ts";
import { failureReason } from "../notify/failure-reason.ts";
import { leaveToRecovery, runSideEffects, unknownRelease } from "./run-side-effects.ts";
import { finishRollback } from "./finish-rollback.ts";
import { releasedDigests } from "./released-digests.ts";
import { deregisterKnownBad, noteRefusal } from "./deregister-known-bad.ts";
import { isSupersededInVain } from "./superseded-in-vain.ts";
import { sideEffectsOf, type NotifyPorts } from "../notify/notify-outcome.ts";

export type FinishReleasePorts = NotifyPorts & {
  ledger: Pick<
    Ledger,
    "configuration" | "release" | "releases" | "closeRelease" | "reopenRelease" | "recordTask" | "lock" | "writeLock"
  >;
  taskDefinitions: TaskDefinitionRegistry;
  tasks: StopTasksPorts["tasks"];
  tokens: WakingTokens;
};

type Input = v.InferOutput<typeof FinishReleaseInput>;
type Failed = Extract<Input, { result: "failed" }>;
type Released = Extract<Input, { result: "released" }>;
type Superseded = Extract<Input, { result: "superseded" }>;
export type Context = {
  record: ReleaseRecord;
  /** As it was before the outcome is committed. */
  lock: LockRecord;
  policy: Policy;
  now: Date;
};

/**
 * Finishes a release: commits the outcome to the ledger, frees the lock of its environment, then publishes the outcome.
 * Idempotent; running it again publishes what was not published.
 *
 * @returns `redriven` when an operator redrove the finished rollback: the release is open again, and starts again
 * @throws RolloutFailedError once the failure is recorded: the execution ends on this state, with the original reason, and can
 * be redriven here
 * @throws SideEffectError EVENT_NOT_PUBLISHED, VERSION_TAG_NOT_SET, WAITERS_NOT_WOKEN; the outcome is committed
 * @throws LockLostError when the release lost the lock before anything was committed
 */
export async function finishRelease(ports: FinishReleasePorts, input: Input, now: Date): Promise<FinishReleaseOutput> {
  const { ledger } = ports;
  if (input.result === "checked") return await finishCheck(ports, input, now);
  const record = await ledger.release(input.release);
  if (record === undefined) throw unknownRelease(input.release);
  if (isRedriven(input) && !hasSucceeded(record)) {
    await ledger.reopenRelease(input.release, input.redriveCount);
    return { outcome: "redriven" };
  }
  const policy = policyOf(input.release, await ledger.configuration(input.release.repository));
  if (input.result === "superseded") return await finishSuperseded(ports, input, record, policy, now);
  const lock = await ledger.lock(input.release);
  if (record.status === "open" && !isHeld(lock, input.epoch)) throw lostLock(input.release, input.epoch);
  const context = { record, lock, policy, now };
  switch (input.result) {
    case "released":
      return await finishSuccess(ports, input, context);
    case "failed":
      return await finishFailure(ports, input, context);
    case "rolled-back":
      return await finishRollback(ports, input, context);
  }
}

/** The rollback was finished before, and an operator has redriven the execution since. */
const isRedriven = (input: Exclude<Input, { result: "checked" }>): boolean =>
  (input.result === "failed" || input.result === "rolled-back") && input.redriveCount > input.rollbackRedriveCount;

const hasSucceeded = ({ status }: ReleaseRecord): boolean => status === "succeeded" || status === "unproven";

async function finishSuperseded(
  ports: FinishReleasePorts,
  { release, redriveCount, by }: Superseded,
  record: ReleaseRecord,
  policy: Policy,
  now: Date,
): Promise<FinishReleaseOutput> {
  // Recovery may have closed the record before a redrive of this state.
  if (redriveCount > 0 && record.status !== "superseded") await ports.ledger.reopenRelease(release, redriveCount);
  const inVain = await isSupersededInVain(ports.ledger, release, by);
  await ports.ledger.closeRelease(release, {
    status: "superseded",
    supersededBy: by,
    ...(inVain && { supersededInVain: true }),
    endedAt: record.endedAt ?? now.toISOString(),
    pending: sideEffectsOf(release, false),
  });
  await runSideEffects(ports, release, policy.images);
  return { outcome: "superseded" };
}

async function finishSuccess(
  ports: FinishReleasePorts,
  { release, epoch, proven, images }: Released,
  { record, lock, policy, now }: Context,
): Promise<FinishReleaseOutput> {
  const released = Object.fromEntries(images.map(({ image, digest }) => [image, digest]));
  const inherited = record.images ?? {};
  const outcome = {
    status: proven ? "succeeded" : "unproven",
    images: { ...inherited, ...released },
    services: releasedDigests(policy.environment, released, inherited, record.snapshot),
    endedAt: record.endedAt ?? now.toISOString(),
    pending: sideEffectsOf(release, true),
  } as const;
  await ports.ledger.closeRelease(release, outcome);
  // Images that did not run are not proven healthy.
  const imageOutcome = { proven: proven ? outcome.images : {}, at: outcome.endedAt };
  const wake = await handBack(ports, lock, epoch, release, imageOutcome);
  await runSideEffects(ports, release, policy.images, wake);
  return { outcome: "released" };
}

async function finishFailure(
  ports: FinishReleasePorts,
  { release, epoch, images, failure, rollback, rollbackMessage = "" }: Failed,
  { record, lock, policy, now }: Context,
): Promise<never> {
  const { environment } = policy;
  const reason = failureReason(failure);
  const isRolledBack = rollback === "healthy";
  const outcome = {
    status: isRolledBack ? "rolled-back" : "rollback-failed",
    failure: { error: failure.error, cause: `${reason.code}: ${reason.message}` },
    endedAt: record.endedAt ?? now.toISOString(),
    pending: sideEffectsOf(release, false),
  } as const;
  // Before the record is closed: when this fails, the state machine retries it.
  const running = await noteRefusal("One-off tasks of this release may still run", () =>
    stopTasks(ports, release, environment.cluster, "its release is rolled back", now),
  );
  await ports.ledger.closeRelease(release, outcome);
  // Under the lock, since the next release could use them. After a failed rollback services may still run them.
  const stillRegistered =
    isRolledBack && isHeld(lock, epoch) ? await deregisterKnownBad(ports.taskDefinitions, record, environment) : [];
  const released = Object.fromEntries(images.map(({ image, digest }) => [image, digest]));
  const imageOutcome = { knownBad: knownBadImages(released, record.evidence ?? [], environment.services) };
  const wake = await handBack(ports, lock, epoch, release, imageOutcome);
  const notes = [...running, ...stillRegistered];
  await runSideEffects(ports, release, policy.images, wake).catch(leaveToRecovery);
  const rollbackFailure = isRolledBack ? undefined : failureReason({ error: "", cause: rollbackMessage }).message;
  throw rolledBackError(reason, record, environment.firstDeployment, rollbackFailure, notes);
}
