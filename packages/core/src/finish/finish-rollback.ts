import type * as v from "valibot";
import type { FinishReleasePorts, Context } from "./finish-release.ts";
import { failureReason } from "../notify/failure-reason.ts";
import { leaveToRecovery, runSideEffects } from "./run-side-effects.ts";
import { releasedDigests } from "./released-digests.ts";
import { deregisterKnownBad } from "./deregister-known-bad.ts";
import { sideEffectsOf } from "../notify/notify-outcome.ts";
import { RolloutFailedError } from "../lib/errors.ts";
import { handBack } from "../lock/hand-back.ts";
import { isHeld } from "../lock/hold-lock.ts";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { FinishReleaseInput, FinishReleaseOutput } from "../contract/steps.ts";
import { findSuccessfulReleases } from "../plan/find-rollback-target.ts";

type RolledBack = Extract<v.InferOutput<typeof FinishReleaseInput>, { result: "rolled-back" }>;

/**
 * Finishes a manual rollback or a recovery. Later releases and promotions then start from the release that it rolled back to. When
 * the ledger has no such release the environment is healthy, but nothing can be promoted from it.
 *
 * @throws RolloutFailedError once the failure of the rollback is recorded
 * @throws SideEffectError the outcome is committed
 */
export async function finishRollback(
  ports: FinishReleasePorts,
  input: RolledBack,
  context: Context,
): Promise<FinishReleaseOutput> {
  return input.rollback === "healthy"
    ? await finishProvenRollback(ports, input, context)
    : await finishFailure(ports, input, context);
}

async function finishProvenRollback(
  ports: FinishReleasePorts,
  { release, epoch }: RolledBack,
  { record, lock, policy, now }: Context,
): Promise<FinishReleaseOutput> {
  const { images = {}, snapshot = {} } = record;
  const services = releasedDigests(policy.environment, {}, images, snapshot);
  const isKnown = record.rollsBackTo !== undefined;
  const outcome = {
    status: isKnown ? "succeeded" : "unproven",
    services: Object.fromEntries(Object.entries(services).filter(([service]) => Object.hasOwn(snapshot, service))),
    endedAt: record.endedAt ?? now.toISOString(),
    pending: sideEffectsOf(release, true),
  } as const;
  const knownBad = await rolledBackImages(ports, lock, record);
  await ports.ledger.closeRelease(release, outcome);
  if (isHeld(lock, epoch)) await deregisterKnownBad(ports.taskDefinitions, record, policy.environment);
  const imageOutcome = isKnown ? { proven: images, at: outcome.endedAt, knownBad } : { knownBad };
  const wake = await handBack(ports, lock, epoch, release, imageOutcome);
  await runSideEffects(ports, release, policy.images, wake);
  return { outcome: "rolled-back" };
}

/** The images that a manual rollback rolls back become known-bad. A recovery makes no image known-bad. */
async function rolledBackImages(
  { ledger }: FinishReleasePorts,
  { lastSuccess }: LockRecord,
  record: ReleaseRecord,
): Promise<Readonly<Record<string, string>>> {
  if (record.recovers !== undefined || lastSuccess === undefined || lastSuccess.release === record.id) return {};
  const left = (await findSuccessfulReleases(ledger, record)).find(({ id }) => id === lastSuccess.release);
  return Object.fromEntries(
    Object.entries(left?.images ?? {}).filter(([image, digest]) => record.images?.[image] !== digest),
  );
}

async function finishFailure(
  ports: FinishReleasePorts,
  { release, epoch, rollbackMessage = "" }: RolledBack,
  { record, lock, policy, now }: Context,
): Promise<never> {
  const reason = failureReason({ error: "RolloutFailedError", cause: rollbackMessage });
  await ports.ledger.closeRelease(release, {
    status: "rollback-failed",
    failure: { error: "RolloutFailedError", cause: `${reason.code}: ${reason.message}` },
    endedAt: record.endedAt ?? now.toISOString(),
    pending: sideEffectsOf(release, false),
  });
  const wake = await handBack(ports, lock, epoch, release, { knownBad: {} });
  await runSideEffects(ports, release, policy.images, wake).catch(leaveToRecovery);
  const target = record.rollsBackTo === undefined ? "what ran before" : `release ${record.rollsBackTo}`;
  const sentences = [
    reason.message,
    `The rollback to ${target} failed, so check the services now`,
    "Push a fix, roll back to another release, or redrive to repeat this rollback",
  ];
  throw new RolloutFailedError(`${sentences.join(". ")}.`, { code: reason.code });
}
