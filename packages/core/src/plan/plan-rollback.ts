import type { RepositoryConfiguration } from "../config/schema.ts";
import { endWaiting } from "../build/end-waiting.ts";
import { imagesOf } from "../config/images-of.ts";
import { RejectedError } from "../lib/errors.ts";
import { queueUp } from "../lock/queue-up.ts";
import type { WakingTokens } from "../lock/wake-waiters.ts";
import { policyOf, type Execution, type Policy } from "../policy/policy.ts";
import { healthSecondsOf } from "./release-plan.ts";
import type { Ledger } from "../ledger/ports.ts";
import type { Registry } from "../build/ports.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { ReleaseRef, RecoveredExecution } from "../ledger/release-ref.ts";
import type { RollbackInput } from "../contract/release-input.ts";
import type { PlanReleaseOutput } from "../contract/steps.ts";
import { targetAfter, targetBefore, type RollbackTarget } from "./rollback-services.ts";
import { findTarget, successfulReleases } from "./find-rollback-target.ts";

export type ReturnPorts = {
  ledger: Pick<
    Ledger,
    "configuration" | "release" | "releases" | "agendaEntry" | "openRelease" | "lock" | "writeLock" | "build"
  >;
  tokens: WakingTokens;
  registry: Pick<Registry, "hasImage">;
};

/**
 * Plans a rollback: finds out where to, writes that into the rollback's own record, and opens it. Nothing is built and nothing
 * is judged. Once more, it plans anew.
 *
 * @throws RejectedError CONFIGURATION_MISSING, ROLLBACK_TARGET_MISSING, IMAGE_NOT_FOUND
 */
export async function planRollback(
  ports: ReturnPorts,
  execution: Execution,
  input: RollbackInput,
  now: Date,
): Promise<PlanReleaseOutput> {
  const { ledger } = ports;
  const policy = policyOf(input, await ledger.configuration(input.repository));
  const destination =
    input.recovers === undefined
      ? await byHand(ports, input, policy, now)
      : await recovery(ledger, input, input.recovers);
  const release = releaseOf(execution, input, destination);
  const { snapshot, intents, target } = destination;
  const { requestedBy, requestedAt, recovers } = input;
  const record: ReleaseRecord = {
    ...release,
    requestedBy,
    requestedAt,
    policyHash: policy.hash,
    status: "open",
    snapshot,
    intents,
    ...(target !== undefined && { rollsBackTo: target.rollsBackTo ?? target.id }),
    ...(target?.images !== undefined && { images: target.images }),
    ...(target?.builtFrom !== undefined && { builtFrom: target.builtFrom }),
    ...(recovers !== undefined && { recovers }),
  };
  await ledger.openRelease(record, execution.redriveCount);
  // What was asked for before an operator rolls back is not wanted any more.
  if (recovers === undefined) {
    const queued = await queueUp(ports, record, now);
    if (queued.state === "newest" && queued.displaced !== undefined)
      await endWaiting(ports, queued.displaced, release, policy.images);
  }
  const services = Object.keys(intents).map((service) => ({ service }));
  const healthSeconds = healthSecondsOf(policy.environment);
  return { state: "ready", release, images: [], known: [], services, healthSeconds };
}

/** To what a release left that succeeded. */
async function byHand(
  { ledger, registry }: ReturnPorts,
  input: RollbackInput,
  { environment, images }: Policy,
  now: Date,
): Promise<RollbackTarget> {
  const target = findTarget(await successfulReleases(ledger, input), input.to ?? "previous", input);
  const record = await ledger.release(target);
  const destination = record && targetAfter(record, environment.services, now.toISOString());
  if (destination === undefined || Object.keys(destination.snapshot).length === 0) throw withoutServices(target);
  await requireImages(registry, target, imagesOf(environment), images);
  return destination;
}

/** To what ran before the settled release: whatever it was, nothing is refused. */
async function recovery(
  ledger: ReturnPorts["ledger"],
  input: RollbackInput,
  { executionArn }: RecoveredExecution,
): Promise<RollbackTarget> {
  const entry = await ledger.agendaEntry(executionArn);
  const settled = entry && (await ledger.release(entry));
  // Settled meanwhile: then it does not get the lock.
  if (settled === undefined) return { snapshot: {}, intents: {}, commit: { ref: "", sha: "" } };
  const [last] = await successfulReleases(ledger, input);
  return targetBefore(settled, last);
}

function releaseOf(execution: Execution, input: RollbackInput, { commit }: RollbackTarget): ReleaseRef {
  const { name: id, arn: executionArn, startedAt } = execution;
  const { repository, environment } = input;
  const { ref, sha } = commit;
  return { id, executionArn, startedAt, kind: "rollback", repository, environment, ref, sha };
}

/** Refused now, and not by tasks that cannot be started: what runs would be gone by then. */
async function requireImages(
  registry: Pick<Registry, "hasImage">,
  target: Pick<ReleaseRecord, "id" | "images">,
  wanted: readonly string[],
  images: RepositoryConfiguration["images"],
): Promise<void> {
  const held = await Promise.all(
    wanted.map(async (image) => {
      const repository = images[image]?.repository;
      const digest = target.images?.[image];
      if (repository === undefined || digest === undefined) return [];
      return (await registry.hasImage(repository, digest)) ? [] : [`${repository}@${digest}`];
    }),
  );
  const missing = held.flat();
  if (missing.length === 0) return;
  throw new RejectedError(
    `the registry does not hold ${missing.join(", ")} any more, which ${target.id} ran. Go back to a later release, or push a commit that reverts what is wrong.`,
    { code: "IMAGE_NOT_FOUND" },
  );
}

const withoutServices = ({ id }: Pick<ReleaseRecord, "id">) =>
  new RejectedError(
    `the ledger does not tell what ${id} ran, of the services that the environment has now. Name another release.`,
    { code: "ROLLBACK_TARGET_MISSING" },
  );
