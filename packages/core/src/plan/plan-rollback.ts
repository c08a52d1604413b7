import type { Registry } from "../build/ports.ts";
import { endWaiting } from "../build/end-waiting.ts";
import { imagesOf } from "../config/images-of.ts";
import type { RepositoryConfiguration } from "../config/schema.ts";
import { newRelease } from "../contract/new-release.ts";
import type { RollbackInput } from "../contract/release-input.ts";
import type { Execution, PlanReleaseOutput } from "../contract/steps.ts";
import type { Ledger } from "../ledger/ports.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import { targetOf } from "../ledger/release-target.ts";
import { InvalidInputError, RejectedError } from "../lib/errors.ts";
import { queueUp } from "../lock/queue-up.ts";
import type { WakingTokens } from "../lock/wake-waiters.ts";
import type { Policy } from "../policy/policy.ts";
import { findStart } from "../trust/find-start.ts";
import { findRollbackTarget, findSuccessfulReleases } from "./find-rollback-target.ts";
import { healthSecondsOf } from "./release-plan.ts";
import { stateBefore, stateLeftBy, type StateToRestore } from "./state-to-restore.ts";

export type RollbackPlanPorts = {
  ledger: Pick<
    Ledger,
    "release" | "releases" | "agendaEntry" | "openRelease" | "lock" | "writeLock" | "build" | "start"
  >;
  tokens: WakingTokens;
  registry: Pick<Registry, "hasImage">;
};

/**
 * Plans a manual rollback or a recovery: finds the state to restore, records it with the rollback, and opens the rollback.
 * Nothing is built and no gate runs. Running it again plans again.
 *
 * @throws InvalidInputError INPUT_INVALID when `recovers` names an execution that is not of this environment
 * @throws RejectedError ROLLBACK_TARGET_MISSING, ROLLBACK_OUTDATED, IMAGE_NOT_FOUND
 */
export async function planRollback(
  ports: RollbackPlanPorts,
  execution: Execution,
  input: RollbackInput,
  policy: Policy,
  now: Date,
): Promise<PlanReleaseOutput> {
  const { ledger } = ports;
  const { recovers } = input;
  // Read before the releases are: a success in between is then found when the rollback gets the lock.
  const standing = recovers === undefined ? (await ledger.lock(input)).lastSuccess?.release : undefined;
  const state =
    recovers === undefined
      ? await stateOfTarget(ports, input, policy, now)
      : await stateBeforeExecution(ledger, execution, input, recovers.executionArn);
  const { snapshot, intents, leftBy, commit } = state;
  const { by: startedBy } = await findStart(ledger, execution, input);
  const requested = { ...input, ref: commit.ref, sha: commit.sha, verification: { startedBy } };
  const { release, record } = newRelease(execution, requested, policy.hash);
  await ledger.openRelease(
    {
      ...record,
      target: targetOf(policy.environment),
      snapshot,
      intents,
      ...(leftBy !== undefined && { rollsBackTo: leftBy.rollsBackTo ?? leftBy.id }),
      ...(leftBy?.images !== undefined && { images: leftBy.images }),
      ...(leftBy?.builtFrom !== undefined && { builtFrom: leftBy.builtFrom }),
      ...(standing !== undefined && { standing }),
      ...(recovers !== undefined && { recovers }),
    },
    execution.redriveCount,
  );
  // A manual rollback supersedes every release that was requested before it; a recovery supersedes none.
  if (recovers === undefined) {
    const queued = await queueUp(ports, record, now);
    if (queued.state === "queued" && queued.displaced !== undefined)
      await endWaiting(ports, queued.displaced, release, policy.images);
  }
  const services = Object.keys(intents).map((service) => ({ service }));
  return {
    state: "ready",
    release,
    images: [],
    known: [],
    services,
    healthSeconds: healthSecondsOf(policy.environment),
  };
}

/** Of a manual rollback: the state that a successful release left. */
async function stateOfTarget(
  { ledger, registry }: RollbackPlanPorts,
  input: RollbackInput,
  { environment, images }: Policy,
  now: Date,
): Promise<StateToRestore> {
  const successful = await findSuccessfulReleases(ledger, input);
  refuseOutdated(input, successful);
  const target = findRollbackTarget(successful, input.to ?? "previous", input);
  const record = await ledger.release(target);
  const state = record && stateLeftBy(record, environment.services, now.toISOString());
  if (state === undefined || Object.keys(state.snapshot).length === 0) throw withoutServices(target);
  await requireImages(registry, target, imagesOf(environment), images);
  return state;
}

/** Refuses a target that an operator chose as the one before a release which is no longer the last success. */
function refuseOutdated(
  { repository, environment, to, standing }: RollbackInput,
  [last]: readonly Pick<ReleaseRecord, "id">[],
): void {
  if (standing === undefined || last === undefined || last.id === standing) return;
  throw new RejectedError(
    `this rollback to ${to} was requested when release ${standing} was the last one that had succeeded in ${environment} of ${repository}, but release ${last.id} has succeeded since. Nothing was changed. Request the rollback again, to ${standing} or to ${to} by its id.`,
    { code: "ROLLBACK_OUTDATED" },
  );
}

/** Of a recovery: the state before the release of an execution that ended midway. One that Lockmaster starts is never refused. */
async function stateBeforeExecution(
  ledger: RollbackPlanPorts["ledger"],
  execution: Execution,
  input: RollbackInput,
  executionArn: string,
): Promise<StateToRestore> {
  const entry = await ledger.agendaEntry(executionArn);
  const { repository, environment } = input;
  if (executionArn === execution.arn) throw notRecoverable("the recovery itself");
  if (entry !== undefined && (entry.repository !== repository || entry.environment !== environment))
    throw notRecoverable(`a release of ${entry.environment} of ${entry.repository}`);
  const ended = entry && (await ledger.release(entry));
  // The execution has been recovered meanwhile: this recovery will be superseded at the lock.
  if (ended === undefined) return { snapshot: {}, intents: {}, commit: { ref: "", sha: "" } };
  const [last] = await findSuccessfulReleases(ledger, input);
  return stateBefore(ended, last);
}

/** Refuses a missing image now: tasks that cannot start would report it only when the running ones are being replaced. */
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
    `the registry no longer holds ${missing.join(", ")}, which release ${target.id} ran. Roll back to a later release, or push a commit that reverts the faulty change.`,
    { code: "IMAGE_NOT_FOUND" },
  );
}

const notRecoverable = (what: string) =>
  new InvalidInputError(
    `recovers: the execution is ${what}; name the execution that left this environment half changed, or wait until Lockmaster recovers it`,
    { code: "INPUT_INVALID" },
  );

const withoutServices = ({ id }: Pick<ReleaseRecord, "id">) =>
  new RejectedError(
    `the ledger has no record of what release ${id} ran in the services that the environment has now. Roll back to another release.`,
    { code: "ROLLBACK_TARGET_MISSING" },
  );
