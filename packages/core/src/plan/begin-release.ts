import { endWaiting } from "../build/end-waiting.ts";
import { findAffectedImages } from "../changes/find-affected-images.ts";
import { refuseOlderCommit } from "../changes/older-commit.ts";
import type { Changes } from "../changes/ports.ts";
import { beginCheck, type CheckPorts } from "../checks/begin-check.ts";
import { requireReader, type StoredConfiguration } from "../config/stored.ts";
import { newRelease } from "../contract/new-release.ts";
import type { ReleaseInput } from "../contract/release-input.ts";
import type { Execution, PlanReleaseOutput } from "../contract/steps.ts";
import { requireAlarms } from "../ecs/alarms.ts";
import type { AlarmObservations, InspectedService, ServiceInspection } from "../ecs/ports.ts";
import type { Ledger } from "../ledger/ports.ts";
import type { ReleaseRecord, ReleaseSummary } from "../ledger/release-record.ts";
import { targetOf } from "../ledger/release-target.ts";
import { awaitCommit } from "../lock/await-commit.ts";
import { dropFailed } from "../lock/drop-failed.ts";
import { queueUp } from "../lock/queue-up.ts";
import { supersededBy, ticketOf } from "../lock/ticket.ts";
import type { WakingTokens } from "../lock/wake-waiters.ts";
import { asPlanned } from "../policy/as-planned.ts";
import { checkRef, policyOf, type Policy } from "../policy/policy.ts";
import { findVerified, type PromotionPorts } from "../promotion/find-verified.ts";
import { findStart } from "../trust/find-start.ts";
import { verifyRequest, type TrustPorts } from "../trust/verify-request.ts";
import { checkServices } from "./check-services.ts";
import { planRollback, type RollbackPlanPorts } from "./plan-rollback.ts";
import { healthSecondsOf, planDeployment, planPromotion, type ReleasePlan } from "./release-plan.ts";

export type PlanPorts = DecisionPorts & {
  ledger: RollbackPlanPorts["ledger"] & Pick<Ledger, "configuration"> & TrustPorts["ledger"];
  sources: TrustPorts["sources"];
  checks: CheckPorts;
  tokens: WakingTokens;
  registry: RollbackPlanPorts["registry"];
};

/**
 * Plans the release that an execution asks for, records it and takes its ticket in the environment's queue. Running it again
 * plans again.
 *
 * @returns `waiting` when a promotion must wait for the release upstream, or when GitHub does not show the push yet: nothing is
 * recorded then. `superseded` when a newer
 * release of the environment was requested
 * @throws InvalidInputError INPUT_INVALID when the environment does not follow the ref
 * @throws RejectedError when GitHub, configuration, services, alarms or the environment upstream do not let the release begin
 */
export async function beginRelease(
  ports: PlanPorts,
  execution: Execution,
  input: ReleaseInput,
  now: Date,
): Promise<PlanReleaseOutput> {
  const { ledger } = ports;
  if (input.kind === "check") {
    const { by: startedBy } = await findStart(ledger, execution, input);
    return await beginCheck(ports.checks, execution, { ...input, verification: { startedBy } });
  }
  const policy = policyOf(input, await configurationFor(ledger, input));
  if (input.kind === "rollback") return await planRollback(ports, execution, input, policy, now);

  checkRef(input, policy.environment);
  const attemptedAt = Date.parse(execution.attemptedAt ?? execution.startedAt);
  const ageSeconds = (now.getTime() - attemptedAt) / 1000;
  const request = await verifyRequest(ports, { execution, input }, policy.environment, { now, ageSeconds });
  if (request.state === "waiting") return request;
  const { verification } = request;
  const { release, record } = newRelease(execution, { ...input, verification }, policy.hash);
  // Read before the services are: an epoch that is still the same when the release gets the lock then proves that no other
  // release has changed them since.
  const lock = await ledger.lock(release);
  const decision = request.state === "refuted" ? request : await decideRelease(ports, record, policy, ageSeconds);
  if (decision.state !== "planned") {
    // It takes its ticket only when it is planned, but a newer release may have been requested already.
    const ticket = ticketOf(record);
    const by = supersededBy(await dropFailed(ledger, lock, ticket), ticket);
    if (by === undefined) {
      if (decision.state === "refuted") throw decision.error;
      await awaitUpstream(ledger, record, policy.environment.promoteFrom);
      return decision;
    }
    await ledger.openRelease(record, execution.redriveCount);
    return { state: "superseded", release, by };
  }

  const { record: planned, ...work } = decision.plan;
  await ledger.openRelease(
    {
      ...planned,
      target: targetOf(policy.environment),
      ...(lock.holder === undefined && { plannedAtEpoch: lock.epoch }),
    },
    execution.redriveCount,
  );
  const queued = await queueUp(ports, record, now);
  if (queued.state === "superseded") return { state: "superseded", release, by: queued.by };
  if (queued.displaced !== undefined) await endWaiting(ports, queued.displaced, release, policy.images);
  return { state: "ready", release, ...work, healthSeconds: healthSecondsOf(policy.environment) };
}

/** A recovery restores what the ended release was planned to change, also when that is not configured any more. */
async function configurationFor(
  ledger: PlanPorts["ledger"],
  input: Exclude<ReleaseInput, { kind: "check" }>,
): Promise<StoredConfiguration | undefined> {
  const stored = await ledger.configuration(input.repository);
  const recovered = input.kind === "rollback" ? input.recovers : undefined;
  if (recovered === undefined) {
    requireReader(stored);
    return stored;
  }
  const entry = await ledger.agendaEntry(recovered.executionArn);
  return asPlanned(stored, input, entry && (await ledger.release(entry)));
}

async function awaitUpstream(
  ledger: PlanPorts["ledger"],
  { id, repository, sha }: ReleaseRecord,
  environment: string | undefined,
): Promise<void> {
  if (environment !== undefined) await awaitCommit(ledger, { repository, environment }, { sha, by: id });
}

/** What deciding about a release reads. */
export type DecisionPorts = Omit<PromotionPorts, "ledger"> & {
  ledger: PromotionPorts["ledger"] & Pick<Ledger, "build">;
  services: ServiceInspection;
  alarms: AlarmObservations;
  changes: Pick<Changes, "between" | "isAncestor">;
};

export type ReleaseDecision =
  | { state: "planned"; plan: ReleasePlan }
  | { state: "waiting"; retryAfterSeconds: number; reason: string };

/**
 * Decides what a release of a commit does if it begins now. Changes nothing.
 *
 * @param record of the release, as it begins
 * @param ageSeconds since the execution was started, or redriven
 * @throws InvalidInputError, RejectedError as `beginRelease`
 */
export async function decideRelease(
  ports: DecisionPorts,
  record: ReleaseRecord,
  policy: Policy,
  ageSeconds: number,
): Promise<ReleaseDecision> {
  const { environment } = policy;
  checkRef(record, environment);
  const inspected = await ports.services.inspect(environment.cluster, Object.values(environment.services));
  checkServices(environment, record.environment, inspected);
  await requireAlarms(ports.alarms, environment);
  if (record.kind === "deploy") {
    return { state: "planned", plan: await decideDeployment(ports, record, policy, inspected) };
  }
  const found = await findVerified(ports, record, policy, ageSeconds);
  return found.state === "waiting" ? found : { state: "planned", plan: planPromotion(record, environment, found) };
}

async function decideDeployment(
  { ledger, changes }: DecisionPorts,
  record: ReleaseRecord,
  { environment, images }: Policy,
  inspected: readonly InspectedService[],
): Promise<ReleasePlan> {
  const { repository, sha } = record;
  const last = await findLastSuccess(ledger, record);
  const affected = await findAffectedImages(
    { changes, ledger },
    { repository, sha, images, environment, inspected, last },
  );
  if (last !== undefined) await refuseOlderCommit(changes, record, { release: last.id, sha: last.sha });
  return planDeployment(record, environment, affected, last);
}

/** After this many failures in a row the release compares with nothing: every image then counts as affected. */
const releasesSearchedForSuccess = 20;

/** The newest release that succeeded. One in which no task ran does not count: its images are not proven healthy. */
export async function findLastSuccess(
  ledger: Pick<Ledger, "releases">,
  { repository, environment }: Pick<ReleaseRecord, "repository" | "environment">,
): Promise<ReleaseSummary | undefined> {
  const releases = await ledger.releases(repository, environment, releasesSearchedForSuccess);
  return releases.find(({ status }) => status === "succeeded");
}
