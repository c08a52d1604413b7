/** Advances a deployment that shifts traffic, and computes the traffic weights of its revisions. */
import {
  aliveTasks,
  type DeploymentRecord,
  type EcsContext,
  type ServiceDeploymentRecord,
  type ServiceRecord,
  type ServiceRevisionRecord,
} from "./state.ts";
import { advance, endOf, productionPercent, testPercent } from "./shifting.ts";

/** Advances to the current stage. @returns when the next stage begins; undefined when that does not depend on time alone */
export function shiftTraffic(
  context: EcsContext,
  service: ServiceRecord,
  primary: DeploymentRecord,
): number | undefined {
  const { shift, status } = primary.serviceDeployment;
  if (shift === undefined || status !== "IN_PROGRESS") return undefined;
  const ours = aliveTasks(service, primary);
  const scaledUp = ours.length >= service.desiredCount && ours.every(({ counts }) => counts);
  shift.progress = advance(shift.progress, shift.plan, { at: context.world.clock.now(), scaledUp });
  return endOf(shift.progress, shift.plan);
}

/** Traffic weights in percent. Undefined where ECS does not shift traffic, for example for a service without load balancer. */
export function trafficWeights(
  service: ServiceRecord,
  deployment: ServiceDeploymentRecord | undefined,
  revision: ServiceRevisionRecord,
): { production: number; test: number } | undefined {
  const shift = deployment?.shift;
  if (deployment === undefined || shift === undefined) return undefined;
  if ((service.workload?.loadBalancers ?? []).length === 0) return undefined;
  const isTarget = revision === deployment.target;
  const isRollingBack = deployment.rollback !== undefined;
  if (!isTarget && revision !== (deployment.rollback?.to ?? deployment.sources[0])) return { production: 0, test: 0 };
  const production = isRollingBack ? 0 : productionPercent(shift.progress, shift.plan);
  const test = isRollingBack ? 0 : testPercent(shift.progress);
  return isTarget ? { production, test } : { production: 100 - production, test: 100 - test };
}
