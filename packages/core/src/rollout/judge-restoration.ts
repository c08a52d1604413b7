import type { Expectation } from "./expectation.ts";
import { nameOf, staleReadMilliseconds } from "./judge-deployment.ts";
import { isCompleted, primaryOf, type ObservedService, type ObservedServiceDeployment } from "../ecs/observation.ts";
import { failed, healthy, waiting, type Verdict } from "./verdict.ts";

/**
 * Judges the way back: the service must run what it ran before, in a COMPLETED primary deployment, whoever started it (we,
 * or ECS by itself).
 *
 * @param serviceDeployment the one that ECS was asked to roll back, where it was
 */
export function judgeRestoredDeployment(
  service: ObservedService,
  serviceDeployment: ObservedServiceDeployment | undefined,
  { rollout, since, failedTaskDefinition, snapshotTaskDefinition }: Expectation,
  now: Date,
): Verdict {
  const primary = primaryOf(service);
  if (primary === undefined) return waiting("the service has no primary deployment");
  const isBack = [rollout.taskDefinition, snapshotTaskDefinition].includes(primary.taskDefinition);
  if (isBack) {
    if (primary.rolloutState === "FAILED") {
      const reason = primary.rolloutStateReason ?? "no reason given";
      return failed(rollout.service, "DEPLOYMENT_STOPPED", `ECS gave the way back up: ${reason}`);
    }
    if (isUnderWay(serviceDeployment) || !isCompleted(primary, service)) {
      return waiting(`${primary.runningCount} of ${primary.desiredCount} tasks run again`);
    }
    return healthy();
  }
  if (serviceDeployment?.status === "ROLLBACK_FAILED" || serviceDeployment?.status === "STOPPED") {
    const reason = serviceDeployment.rollbackReason ?? serviceDeployment.statusReason ?? serviceDeployment.status;
    return failed(rollout.service, "DEPLOYMENT_STOPPED", `ECS could not go back: ${reason}`);
  }
  const isOurs = failedTaskDefinition === undefined || primary.taskDefinition === failedTaskDefinition;
  if (isOurs || now.getTime() - since.getTime() < staleReadMilliseconds) {
    return waiting(`${nameOf(primary.taskDefinition)} still runs`);
  }
  return failed(
    rollout.service,
    "DEPLOYMENT_REPLACED",
    `somebody else deployed ${nameOf(primary.taskDefinition)} (${primary.id}) during the way back`,
  );
}

const isUnderWay = (serviceDeployment: ObservedServiceDeployment | undefined) =>
  serviceDeployment !== undefined &&
  ["PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"].includes(
    serviceDeployment.status,
  );
