import type { Rollout } from "../contract/steps.ts";
import type { Expectation } from "./expectation.ts";
import {
  isCompleted,
  isGoingForward,
  primaryOf,
  type ObservedDeployment,
  type ObservedService,
  type ObservedServiceDeployment,
} from "../ecs/observation.ts";
import { failed, healthy, waiting, type Verdict } from "./verdict.ts";

/** ECS reads are eventually consistent: for this long after an update, a read that does not show it is ignored. */
export const staleReadMilliseconds = 60_000;

/**
 * The release's own ("our") deployment: the primary one if it has our task definition, else the one whose id UpdateService
 * returned.
 *
 * A primary deployment of our task definition with another id is ours too. Availability Zone rebalancing, or an operator who
 * forces a new deployment, replaces ours with one of the same task definition.
 */
export function ourDeployment(service: ObservedService, rollout: Rollout): ObservedDeployment | undefined {
  const primary = primaryOf(service);
  return primary?.taskDefinition === rollout.taskDefinition
    ? primary
    : service.deployments.find(({ id }) => id === rollout.deploymentId);
}

/**
 * Judges a rollout by ECS's own state of *our* deployment: "the service is stable" is also true after a rollback.
 *
 * For every strategy our service deployment must be SUCCESSFUL, and our deployment PRIMARY and COMPLETED. With blue/green,
 * linear and canary it is neither until all traffic is shifted, ECS's own bake time has ended and the old revision is removed.
 * Task counts are not compared, because autoscaling may change them at any time. A desired count of 0 leaves it unproven.
 *
 * @param serviceDeployment ours; absent while ECS does not show it, and after ECS has deleted it from the history
 */
export function judgeOurDeployment(
  service: ObservedService,
  serviceDeployment: ObservedServiceDeployment | undefined,
  { rollout, since }: Pick<Expectation, "rollout" | "since">,
  now: Date,
): Verdict {
  const rollback = judgeServiceDeployment(serviceDeployment, rollout.service);
  if (rollback !== undefined) return rollback;

  const primary = primaryOf(service);
  if (primary === undefined || primary.taskDefinition !== rollout.taskDefinition) {
    // With strategies that shift traffic, the new deployment need not become primary at once. A rollback or a replacement
    // shows in the service deployment's status within seconds.
    if (isGoingForward(serviceDeployment))
      return waiting(`the deployment is not primary yet${stageOf(serviceDeployment)}`);
    const known = serviceDeployment !== undefined || ourDeployment(service, rollout) !== undefined;
    if (!known && now.getTime() - since.getTime() < staleReadMilliseconds) {
      return waiting("ECS does not show the deployment yet");
    }
    return judgeDisplaced(primary, service, rollout, since);
  }
  if (primary.rolloutState === "FAILED") {
    const reason = primary.rolloutStateReason ?? serviceDeployment?.statusReason ?? "no reason given";
    return failed(rollout.service, "DEPLOYMENT_STOPPED", `ECS marked the deployment as FAILED: ${reason}`);
  }
  if (endedWithoutSuccess(serviceDeployment, now)) {
    const reason = serviceDeployment?.statusReason ?? "no reason given";
    return failed(rollout.service, "DEPLOYMENT_STOPPED", `the deployment was stopped and not replaced: ${reason}`);
  }
  if (serviceDeployment !== undefined && serviceDeployment.status !== "SUCCESSFUL") {
    return progress(primary, serviceDeployment);
  }
  return isCompleted(primary, service) ? healthy(service.desiredCount > 0) : progress(primary, serviceDeployment);
}

/** The verdict by the status of our service deployment alone; undefined when other facts must decide. */
function judgeServiceDeployment(
  serviceDeployment: ObservedServiceDeployment | undefined,
  service: string,
): Verdict | undefined {
  if (serviceDeployment === undefined) return undefined;
  const reason = serviceDeployment.rollbackReason ?? serviceDeployment.statusReason ?? serviceDeployment.status;
  switch (serviceDeployment.status) {
    case "ROLLBACK_REQUESTED":
    case "ROLLBACK_IN_PROGRESS":
    case "ROLLBACK_SUCCESSFUL":
    case "ROLLBACK_FAILED":
      return failed(
        service,
        "ROLLED_BACK_BY_ECS",
        `ECS rolled the deployment back: ${reason}${raisedOf(serviceDeployment)}`,
      );
    // A newer deployment ends ours as STOPPED within seconds; the primary deployment shows whether that was the reason.
    case "STOPPED":
    case "STOP_REQUESTED":
    case "PENDING":
    case "IN_PROGRESS":
    case "SUCCESSFUL":
      return undefined;
  }
}

/**
 * Stopped, and no newer deployment is the reason: the circuit breaker without rollback stopped it, or an operator did. The
 * service is read before its service deployment, so a replacement in between shows at the next poll.
 */
function endedWithoutSuccess(serviceDeployment: ObservedServiceDeployment | undefined, now: Date): boolean {
  if (serviceDeployment?.status !== "STOPPED") return false;
  const stoppedAt = serviceDeployment.stoppedAt?.getTime() ?? 0;
  return now.getTime() - stoppedAt >= staleReadMilliseconds;
}

/** Another task definition is primary: an older deployment is ECS's own rollback, a newer one is from another tool or operator. */
function judgeDisplaced(
  primary: ObservedDeployment | undefined,
  service: ObservedService,
  rollout: Rollout,
  since: Date,
): Verdict {
  if (primary === undefined) {
    return failed(rollout.service, "DEPLOYMENT_REPLACED", "the service no longer has a primary deployment");
  }
  const reasons = [primary, ourDeployment(service, rollout)].map((one) => one?.rolloutStateReason ?? "");
  const rollingBack = reasons.find((reason) => /rolling back/i.test(reason));
  if (rollingBack !== undefined || primary.createdAt < since) {
    return failed(
      rollout.service,
      "ROLLED_BACK_BY_ECS",
      `ECS rolled the service back to ${familyAndRevision(primary.taskDefinition)} (${primary.id})${rollingBack === undefined ? "" : `: ${rollingBack}`}`,
    );
  }
  return failed(
    rollout.service,
    "DEPLOYMENT_REPLACED",
    `another tool or operator deployed ${familyAndRevision(primary.taskDefinition)} (${primary.id}) during the release`,
  );
}

const progress = (
  { runningCount, desiredCount }: ObservedDeployment,
  serviceDeployment: ObservedServiceDeployment | undefined,
) => waiting(`${runningCount} of ${desiredCount} tasks run${stageOf(serviceDeployment)}`);

/** The lifecycle stage, which only some strategies have. */
function stageOf(serviceDeployment: ObservedServiceDeployment | undefined): string {
  const { lifecycleStage, trafficPercent } = serviceDeployment ?? {};
  if (lifecycleStage === undefined) return "";
  return ` (${lifecycleStage}${trafficPercent === undefined ? "" : `, ${trafficPercent} % of the traffic`})`;
}

const raisedOf = ({ triggeredAlarms = [] }: ObservedServiceDeployment): string =>
  triggeredAlarms.length === 0 ? "" : ` (raised: ${triggeredAlarms.join(", ")})`;

/** `family:revision` of a task definition's ARN. */
export const familyAndRevision = (taskDefinition: string): string =>
  taskDefinition.slice(taskDefinition.lastIndexOf("/") + 1);
