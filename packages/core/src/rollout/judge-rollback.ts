import type { Expectation } from "./expectation.ts";
import { familyAndRevision, staleReadMilliseconds } from "./judge-deployment.ts";
import { isCompleted, primaryOf, type ObservedService, type ObservedServiceDeployment } from "../ecs/observation.ts";
import { failed, healthy, waiting, type Verdict } from "./verdict.ts";

/**
 * Judges a rollback: the service must run its rollback target again, in a COMPLETED primary deployment. Lockmaster or ECS itself
 * may have started that deployment.
 *
 * @param serviceDeployment the one that ECS rolls back, if it does
 */
export function judgeRollbackDeployment(
  service: ObservedService,
  serviceDeployment: ObservedServiceDeployment | undefined,
  { rollout, since, failedTaskDefinition, snapshotTaskDefinition }: Expectation,
  now: Date,
): Verdict {
  const primary = primaryOf(service);
  if (primary === undefined) return waiting("the service has no primary deployment");
  const isTarget = [rollout.taskDefinition, snapshotTaskDefinition].includes(primary.taskDefinition);
  if (isTarget) {
    if (primary.rolloutState === "FAILED") {
      const reason = primary.rolloutStateReason ?? "no reason given";
      return failed(rollout.service, "DEPLOYMENT_STOPPED", `ECS marked the rollback's deployment as FAILED: ${reason}`);
    }
    if (isOngoing(serviceDeployment) || !isCompleted(primary, service)) {
      return waiting(
        `${primary.runningCount} of ${primary.desiredCount} tasks run ${familyAndRevision(primary.taskDefinition)} again`,
      );
    }
    return healthy();
  }
  if (serviceDeployment?.status === "ROLLBACK_FAILED" || serviceDeployment?.status === "STOPPED") {
    const reason = serviceDeployment.rollbackReason ?? serviceDeployment.statusReason ?? serviceDeployment.status;
    return failed(rollout.service, "DEPLOYMENT_STOPPED", `ECS could not roll the deployment back: ${reason}`);
  }
  const isOurs = failedTaskDefinition === undefined || primary.taskDefinition === failedTaskDefinition;
  if (isOurs || now.getTime() - since.getTime() < staleReadMilliseconds) {
    return waiting(`${familyAndRevision(primary.taskDefinition)} still runs`);
  }
  return failed(
    rollout.service,
    "DEPLOYMENT_REPLACED",
    `another tool or operator deployed ${familyAndRevision(primary.taskDefinition)} (${primary.id}) during the rollback`,
  );
}

const isOngoing = (serviceDeployment: ObservedServiceDeployment | undefined) =>
  serviceDeployment !== undefined &&
  ["PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"].includes(
    serviceDeployment.status,
  );
