/** Moves a deployment on that shifts traffic, and tells who gets how much of it. */
import { aliveTasks } from "./state.ts";
import type {
  DeploymentRecord,
  EcsContext,
  ServiceDeploymentRecord,
  ServiceRecord,
  ServiceRevisionRecord,
} from "./state.ts";
import { advance, endOf, productionPercent, testPercent } from "./shifting.ts";

/** Takes up the stages that have passed. @returns when the next one is due by itself */
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

/** Where ECS steers traffic by itself: not for services without load balancer, which it calls headless. */
export function trafficWeights(
  service: ServiceRecord,
  deployment: ServiceDeploymentRecord | undefined,
  revision: ServiceRevisionRecord,
): { production: number; test: number } | undefined {
  const shift = deployment?.shift;
  if (deployment === undefined || shift === undefined) return undefined;
  if ((service.workload?.loadBalancers ?? []).length === 0) return undefined;
  const isTarget = revision === deployment.target;
  const isBack = deployment.rollback !== undefined;
  if (!isTarget && revision !== (deployment.rollback?.to ?? deployment.sources[0])) return { production: 0, test: 0 };
  const production = isBack ? 0 : productionPercent(shift.progress, shift.plan);
  const test = isBack ? 0 : testPercent(shift.progress);
  return isTarget ? { production, test } : { production: 100 - production, test: 100 - test };
}
