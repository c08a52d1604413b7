import type * as v from "valibot";
import type { ConcludePorts, Context } from "./finish-release.ts";
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
import type { ConcludeReleaseInput, ConcludeReleaseOutput } from "../contract/steps.ts";
import { standingReleases } from "../plan/find-rollback-target.ts";

type Returned = Extract<v.InferOutput<typeof ConcludeReleaseInput>, { result: "returned" }>;

/**
 * Ends a rollback: what it returned to is what the environment stands at, for promotions and later releases too. Where that is
 * no release that the ledger knows the environment is well, but nothing can be promoted from it.
 *
 * @throws RolloutFailedError once a way back that is not proven is recorded as such
 * @throws SideEffectError the outcome stands
 */
export async function concludeReturn(
  ports: ConcludePorts,
  input: Returned,
  context: Context,
): Promise<ConcludeReleaseOutput> {
  return input.wayBack === "healthy"
    ? await concludeArrival(ports, input, context)
    : await concludeFailure(ports, input, context);
}

async function concludeArrival(
  ports: ConcludePorts,
  { release, epoch }: Returned,
  { record, lock, policy, now }: Context,
): Promise<ConcludeReleaseOutput> {
  const { images = {}, snapshot = {} } = record;
  const services = releasedDigests(policy.environment, {}, images, snapshot);
  const isKnown = record.returnsTo !== undefined;
  const outcome = {
    status: isKnown ? "succeeded" : "unproven",
    services: Object.fromEntries(Object.entries(services).filter(([service]) => Object.hasOwn(snapshot, service))),
    endedAt: record.endedAt ?? now.toISOString(),
    pending: sideEffectsOf(release, true),
  } as const;
  const refuted = await leftBehind(ports, lock, record);
  await ports.ledger.closeRelease(release, outcome);
  if (isHeld(lock, epoch)) await retire(ports.taskDefinitions, record, policy.environment);
  const lesson = isKnown ? { proven: images, at: outcome.endedAt, refuted } : { refuted };
  const wake = await handBack(ports, lock, epoch, release, lesson);
  await followUp(ports, release, policy.images, wake);
  return { outcome: "returned" };
}

/** What an operator rolls back is not deployed again by itself. A settlement says nothing about what it takes back. */
async function leftBehind(
  { ledger }: ConcludePorts,
  { standing }: LockRecord,
  record: ReleaseRecord,
): Promise<Readonly<Record<string, string>>> {
  if (record.settles !== undefined || standing === undefined || standing.release === record.id) return {};
  const left = (await standingReleases(ledger, record)).find(({ id }) => id === standing.release);
  return Object.fromEntries(
    Object.entries(left?.images ?? {}).filter(([image, digest]) => record.images?.[image] !== digest),
  );
}

async function concludeFailure(
  ports: ConcludePorts,
  { release, epoch, wayBackMessage = "" }: Returned,
  { record, lock, policy, now }: Context,
): Promise<never> {
  const reason = failureReason({ error: "RolloutFailedError", cause: wayBackMessage });
  await ports.ledger.closeRelease(release, {
    status: "rollback-failed",
    failure: { error: "RolloutFailedError", cause: `${reason.code}: ${reason.message}` },
    endedAt: record.endedAt ?? now.toISOString(),
    pending: sideEffectsOf(release, false),
  });
  const wake = await handBack(ports, lock, epoch, release, { refuted: {} });
  await followUp(ports, release, policy.images, wake).catch(leaveForLater);
  const where = record.returnsTo === undefined ? "what ran before" : `what ${record.returnsTo} ran`;
  const sentences = [
    reason.message,
    `The way back to ${where} is not proven, so look at the services`,
    "A push that mends it is let through. Redrive goes the way back again",
  ];
  throw new RolloutFailedError(`${sentences.join(". ")}.`, { code: reason.code });
}
