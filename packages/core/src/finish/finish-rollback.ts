import type * as v from "valibot";
import type { FinishReleasePorts, Context } from "./finish-release.ts";
import { failureReason } from "../notify/failure-reason.ts";
import { followUp, leaveForLater } from "./follow-up.ts";
import { releasedDigests } from "./released-digests.ts";
import { retire } from "./retire.ts";
import { sideEffectsOf } from "../notify/notify-outcome.ts";
import { RolloutFailedError } from "../lib/errors.ts";
import { handBack } from "../lock/hand-back.ts";
import { isHeld } from "../lock/hold-lock.ts";
import type { LockRecord } from "../ledger/lock-record.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { FinishReleaseInput, FinishReleaseOutput } from "../contract/steps.ts";
import { findSuccessfulReleases } from "../plan/find-rollback-target.ts";

type Returned = Extract<v.InferOutput<typeof FinishReleaseInput>, { result: "rolled-back" }>;

/**
 * Ends a rollback: what it returned to is what the environment stands at, for promotions and later releases too. Where that is
 * no release that the ledger knows the environment is well, but nothing can be promoted from it.
 *
 * @throws RolloutFailedError once a way back that is not proven is recorded as such
 * @throws SideEffectError the outcome stands
 */
export async function finishRollback(
  ports: FinishReleasePorts,
  input: Returned,
  context: Context,
): Promise<FinishReleaseOutput> {
  return input.rollback === "healthy"
    ? await finishProvenRollback(ports, input, context)
    : await finishFailure(ports, input, context);
}

async function finishProvenRollback(
  ports: FinishReleasePorts,
  { release, epoch }: Returned,
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
  const knownBad = await leftBehind(ports, lock, record);
  await ports.ledger.closeRelease(release, outcome);
  if (isHeld(lock, epoch)) await retire(ports.taskDefinitions, record, policy.environment);
  const lesson = isKnown ? { proven: images, at: outcome.endedAt, knownBad } : { knownBad };
  const wake = await handBack(ports, lock, epoch, release, lesson);
  await followUp(ports, release, policy.images, wake);
  return { outcome: "rolled-back" };
}

/** What an operator rolls back is not deployed again by itself. A settlement says nothing about what it takes back. */
async function leftBehind(
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
  { release, epoch, rollbackMessage = "" }: Returned,
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
  await followUp(ports, release, policy.images, wake).catch(leaveForLater);
  const where = record.rollsBackTo === undefined ? "what ran before" : `what ${record.rollsBackTo} ran`;
  const sentences = [
    reason.message,
    `The way back to ${where} is not proven, so look at the services`,
    "A push that mends it is let through. Redrive goes the way back again",
  ];
  throw new RolloutFailedError(`${sentences.join(". ")}.`, { code: reason.code });
}
