import { findAffectedImages } from "../changes/find-affected-images.ts";
import { endWaiting } from "../build/end-waiting.ts";
import { beginCheck, type CheckPorts } from "../checks/begin-check.ts";
import { refuseOlderCommit } from "../changes/older-commit.ts";
import { queueUp } from "../lock/queue-up.ts";
import { supersededBy, ticketOf } from "../lock/ticket.ts";
import type { WakingTokens } from "../lock/wake-waiters.ts";
import { findVerified, type PromotionPorts } from "../promotion/find-verified.ts";
import type { Ledger } from "../ledger/ports.ts";
import type { Changes } from "../changes/ports.ts";
import type { InspectedService, ServiceInspection } from "../ecs/ports.ts";
import type { ReleaseSummary } from "../ledger/release-record.ts";
import type { DeploymentInput } from "../contract/release-input.ts";
import { requireAlarms } from "../ecs/alarms.ts";
import { planRollback, type ReturnPorts } from "./plan-rollback.ts";
import type { AlarmObservations } from "../ecs/ports.ts";
import type { PlanReleaseOutput } from "../contract/steps.ts";
import { checkServices } from "./check-services.ts";
import { checkRef, policyOf, readReleaseInput, type Execution } from "../policy/policy.ts";
import { identify, planDeployment, planPromotion, type ReleasePlan, type Request } from "./release-plan.ts";

export type PlanPorts = DecisionPorts & {
  ledger: ReturnPorts["ledger"] & Pick<Ledger, "openRelease" | "writeLock">;
  checks: CheckPorts;
  tokens: WakingTokens;
  registry: ReturnPorts["registry"];
};

/**
 * Plans the release that an execution's input asks for, opens it in the ledger and takes its ticket in the environment's
 * queue. Once more, it plans anew.
 *
 * @returns `waiting` when a promotion must wait for the release upstream; nothing is recorded then. `superseded` when another
 * release was asked for later
 * @throws InvalidInputError INPUT_INVALID
 * @throws RejectedError when configuration, services, alarms or the environment upstream do not let the release begin
 */
export async function beginRelease(
  ports: PlanPorts,
  execution: Execution,
  given: unknown,
  now: Date,
): Promise<PlanReleaseOutput> {
  const input = readReleaseInput(given);
  if (input.kind === "check") return await beginCheck(ports.checks, execution, input);
  if (input.kind === "rollback") return await planRollback(ports, execution, input, now);
  // Before anything is looked at: who gets the lock next, at the epoch after this one, finds it unchanged.
  const lock = await ports.ledger.lock(input);
  const decision = await decideRelease(ports, execution, input, now);
  if (decision.state === "planned") {
    const { output, record } = decision.plan;
    const planned = { ...record, ...(lock.holder === undefined && { plannedAtEpoch: lock.epoch }) };
    return await open(ports, decision.request, { output, record: planned }, now);
  }
  const { request, ...waiting } = decision;
  return (await giveWay(ports, request)) ?? waiting;
}

/** What deciding about a release reads. */
export type DecisionPorts = Omit<PromotionPorts, "ledger"> & {
  ledger: PromotionPorts["ledger"] & Pick<Ledger, "configuration" | "build">;
  services: ServiceInspection;
  alarms: AlarmObservations;
  changes: Pick<Changes, "between" | "isAncestor">;
};

export type ReleaseDecision =
  | { state: "planned"; plan: ReleasePlan; request: Request }
  | { state: "waiting"; retryAfterSeconds: number; reason: string; request: Request };

/**
 * What the release of a commit would do, as things stand. Changes nothing.
 *
 * @throws InvalidInputError, RejectedError as `beginRelease`
 */
export async function decideRelease(
  ports: DecisionPorts,
  execution: Execution,
  input: DeploymentInput,
  now: Date,
): Promise<ReleaseDecision> {
  const { ledger, services, alarms } = ports;
  const policy = policyOf(input, await ledger.configuration(input.repository));
  checkRef(input, policy.environment);
  const inspected = await services.inspect(policy.environment.cluster, Object.values(policy.environment.services));
  checkServices(policy.environment, input.environment, inspected);
  await requireAlarms(alarms, policy.environment);

  const request = { execution, input, policy };
  if (input.kind === "deploy") {
    return { state: "planned", plan: await deployment(ports, request, inspected), request };
  }
  const attemptedAt = new Date(execution.attemptedAt ?? execution.startedAt);
  const found = await findVerified(ports, input, policy, attemptedAt, now);
  if (found.state === "waiting") return { ...found, request };
  const { state: _, ...verified } = found;
  return { state: "planned", plan: planPromotion(request, verified), request };
}

async function open(
  ports: Pick<PlanPorts, "ledger" | "tokens">,
  { execution: { redriveCount }, policy: { images } }: Request,
  { output, record }: ReleasePlan,
  now: Date,
): Promise<PlanReleaseOutput> {
  await ports.ledger.openRelease(record, redriveCount);
  const queued = await queueUp(ports, record, now);
  if (queued.state === "superseded") return { state: "superseded", release: output.release, by: queued.by };
  if (queued.displaced !== undefined) await endWaiting(ports, queued.displaced, output.release, images);
  return output;
}

/** A release that waits for another one takes no ticket yet, and may be superfluous by now. */
async function giveWay(
  { ledger }: Pick<PlanPorts, "ledger">,
  request: Request,
): Promise<PlanReleaseOutput | undefined> {
  const { release, record } = identify(request);
  const by = supersededBy(await ledger.lock(release), ticketOf(record));
  if (by === undefined) return undefined;
  await ledger.openRelease(record, request.execution.redriveCount);
  return { state: "superseded", release, by };
}

async function deployment(
  { ledger, changes }: DecisionPorts,
  request: Request,
  inspected: readonly InspectedService[],
): Promise<ReleasePlan> {
  const { input, policy } = request;
  const last = await lastSuccess(ledger, input);
  const affected = await findAffectedImages({ changes, ledger }, { ...input, ...policy, inspected, last });
  if (last !== undefined) await refuseOlderCommit(changes, input, { release: last.id, sha: last.sha });
  return planDeployment(request, affected, last);
}

/** So many failures in a row are no more compared with: everything then counts as affected. */
const releasesLookedAt = 20;

/**
 * What the environment is known to stand at. A release in which nothing ran is no ground to build on: what inherited from it
 * would pass for proven.
 */
export async function lastSuccess(
  ledger: Pick<Ledger, "releases">,
  { repository, environment }: Pick<DeploymentInput, "repository" | "environment">,
): Promise<ReleaseSummary | undefined> {
  const releases = await ledger.releases(repository, environment, releasesLookedAt);
  return releases.find(({ status }) => status === "succeeded");
}
