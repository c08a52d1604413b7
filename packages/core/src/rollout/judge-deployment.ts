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

/** ECS answers reads from copies: for so long after an update, one that does not show it yet means nothing. */
export const staleReadMilliseconds = 60_000;

/**
 * Our deployment: the primary one when it carries our task definition, else the one with the id that UpdateService told.
 *
 * A primary deployment of our task definition under another id is ours too. Availability Zone rebalancing, or somebody
 * who forces a new deployment, replaces ours by one of the same task definition; what must run is unchanged.
 */
export function ourDeployment(service: ObservedService, rollout: Rollout): ObservedDeployment | undefined {
  const primary = primaryOf(service);
  return primary?.taskDefinition === rollout.taskDefinition
    ? primary
    : service.deployments.find(({ id }) => id === rollout.deploymentId);
}

/**
 * Judges the way forward by ECS's own state of *our* deployment: "the service is stable" is also true after a rollback.
 * The service deployment decides for every strategy, and our deployment must be PRIMARY and COMPLETED besides: with
 * blue/green, linear and canary it is neither before all traffic is shifted, ECS's own bake time over and the old revision
 * cleaned up. Numbers of tasks are never compared, since autoscaling may change them at any time; none wanted at all proves nothing.
 *
 * @param serviceDeployment ours; absent while ECS does not show it, or when its history has ended
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
    // Strategies that shift traffic need not make the new deployment primary at once; and a rollback or a replacement
    // shows in the service deployment's status within seconds.
    if (isGoingForward(serviceDeployment))
      return waiting(`the deployment is not primary yet${stageOf(serviceDeployment)}`);
    const known = serviceDeployment !== undefined || ourDeployment(service, rollout) !== undefined;
    if (!known && now.getTime() - since.getTime() < staleReadMilliseconds) {
      return waiting("ECS does not show the deployment yet");
    }
    return displaced(primary, service, rollout, since);
  }
  if (primary.rolloutState === "FAILED") {
    const reason = primary.rolloutStateReason ?? serviceDeployment?.statusReason ?? "no reason given";
    return failed(rollout.service, "DEPLOYMENT_STOPPED", `ECS gave the deployment up: ${reason}`);
  }
  if (endedWithoutSuccess(serviceDeployment, now)) {
    const reason = serviceDeployment?.statusReason ?? "no reason given";
    return failed(rollout.service, "DEPLOYMENT_STOPPED", `ECS ended the deployment: ${reason}`);
  }
  if (serviceDeployment !== undefined && serviceDeployment.status !== "SUCCESSFUL") {
    return progress(primary, serviceDeployment);
  }
  return isCompleted(primary, service) ? healthy(service.desiredCount > 0) : progress(primary, serviceDeployment);
}

/** What the status of our service deployment says by itself; undefined when it leaves the rest open. */
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
    // A newer deployment ends ours as STOPPED within seconds; who is primary then tells whether that was the reason.
    case "STOPPED":
    case "STOP_REQUESTED":
    case "PENDING":
    case "IN_PROGRESS":
    case "SUCCESSFUL":
      return undefined;
  }
}

/**
 * Stopped, and no newer deployment shows up to be the reason: the circuit breaker without rollback, or somebody by hand.
 * The service was read before its deployment, so that a replacement in between is seen at the next look.
 */
function endedWithoutSuccess(serviceDeployment: ObservedServiceDeployment | undefined, now: Date): boolean {
  if (serviceDeployment?.status !== "STOPPED") return false;
  const stoppedAt = serviceDeployment.stoppedAt?.getTime() ?? 0;
  return now.getTime() - stoppedAt >= staleReadMilliseconds;
}

/** Another task definition is primary: an older deployment is ECS's own way back, a newer one is somebody else's. */
function displaced(
  primary: ObservedDeployment | undefined,
  service: ObservedService,
  rollout: Rollout,
  since: Date,
): Verdict {
  if (primary === undefined) {
    return failed(rollout.service, "DEPLOYMENT_REPLACED", "the service has no primary deployment any more");
  }
  const reasons = [primary, ourDeployment(service, rollout)].map((one) => one?.rolloutStateReason ?? "");
  const rollingBack = reasons.find((reason) => /rolling back/i.test(reason));
  if (rollingBack !== undefined || primary.createdAt < since) {
    return failed(
      rollout.service,
      "ROLLED_BACK_BY_ECS",
      `ECS went back to ${primary.id} with ${nameOf(primary.taskDefinition)}${rollingBack === undefined ? "" : `: ${rollingBack}`}`,
    );
  }
  return failed(
    rollout.service,
    "DEPLOYMENT_REPLACED",
    `somebody else deployed ${nameOf(primary.taskDefinition)} (${primary.id}) meanwhile`,
  );
}

const progress = (
  { runningCount, desiredCount }: ObservedDeployment,
  serviceDeployment: ObservedServiceDeployment | undefined,
) => waiting(`${runningCount} of ${desiredCount} tasks run${stageOf(serviceDeployment)}`);

/** Where ECS is, of the stages that only some strategies have. */
function stageOf(serviceDeployment: ObservedServiceDeployment | undefined): string {
  const { lifecycleStage, trafficPercent } = serviceDeployment ?? {};
  if (lifecycleStage === undefined) return "";
  return ` (${lifecycleStage}${trafficPercent === undefined ? "" : `, ${trafficPercent} % of the traffic`})`;
}

const raisedOf = ({ triggeredAlarms = [] }: ObservedServiceDeployment): string =>
  triggeredAlarms.length === 0 ? "" : ` (raised: ${triggeredAlarms.join(", ")})`;

/** `family:revision` of a task definition's ARN. */
export const nameOf = (taskDefinition: string): string => taskDefinition.slice(taskDefinition.lastIndexOf("/") + 1);
