/** `deploymentConfiguration`: the members that the local ECS implements, and how updates merge into it. */
import type { DeploymentConfiguration } from "@aws-sdk/client-ecs";
import { notInLocalAws } from "../../protocol/errors.ts";
import { invalidParameter } from "./errors.ts";
import { rollingUpdate } from "./rolling.ts";
import { shiftingUpdate, shiftOf } from "./shifting.ts";
import type { Configuration, Strategy, Workload } from "./state.ts";

const defaults = {
  deploymentCircuitBreaker: { enable: false, rollback: false },
  maximumPercent: 200,
  minimumHealthyPercent: 100,
  strategy: "ROLLING",
  bakeTimeInMinutes: 0,
} satisfies Configuration;

/** A daemon replaces the one task of each instance: it stops the old one first. */
export const daemonDefaults: Configuration = { ...defaults, minimumHealthyPercent: 0, maximumPercent: 100 };

/**
 * Merges an update. Absent members keep their current values.
 *
 * @throws AwsError NotInLocalAws for hooks and early success; InvalidParameterException
 */
export function mergeConfiguration(
  changes: DeploymentConfiguration | undefined,
  current: Configuration = defaults,
): Configuration {
  if (changes === undefined) return current;
  refuseUnimplemented(changes);
  const merged: Configuration = {
    ...current,
    ...changes,
    minimumHealthyPercent: changes.minimumHealthyPercent ?? current.minimumHealthyPercent,
    maximumPercent: changes.maximumPercent ?? current.maximumPercent,
  };
  refuseContradictions(changes, merged);
  const { minimumHealthyPercent, maximumPercent } = merged;
  if (minimumHealthyPercent < 0 || minimumHealthyPercent > 100) {
    throw invalidParameter("minimumHealthyPercent must be between 0 and 100.");
  }
  if (maximumPercent < 100 || maximumPercent > 200) {
    throw invalidParameter("maximumPercent must be between 100 and 200.");
  }
  if (minimumHealthyPercent === 100 && maximumPercent === 100) {
    throw invalidParameter(
      "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
    );
  }
  return merged;
}

function refuseUnimplemented(configuration: DeploymentConfiguration): void {
  const { earlySuccessCriteria, lifecycleHooks } = configuration;
  if ((lifecycleHooks ?? []).length > 0) throw notInLocalAws("deployment lifecycle hooks");
  if (earlySuccessCriteria?.enable === true) throw notInLocalAws("early success criteria");
}

const maxBakeMinutes = 1440;

/** Rules from the ECS API reference: DeploymentConfiguration and its members. */
function refuseContradictions(changes: DeploymentConfiguration, merged: Configuration): void {
  const { strategy, canaryConfiguration, linearConfiguration } = merged;
  if (changes.strategy === "BLUE_GREEN" && changes.bakeTimeInMinutes === undefined) {
    throw invalidParameter("bakeTimeInMinutes is required for the BLUE_GREEN deployment strategy.");
  }
  if (strategy === "ROLLING" && (changes.bakeTimeInMinutes ?? 0) > 0) {
    throw invalidParameter("bakeTimeInMinutes is not supported for the ROLLING deployment strategy.");
  }
  if (changes.canaryConfiguration !== undefined && strategy !== "CANARY") {
    throw invalidParameter("canaryConfiguration is only valid for the CANARY deployment strategy.");
  }
  if (changes.linearConfiguration !== undefined && strategy !== "LINEAR") {
    throw invalidParameter("linearConfiguration is only valid for the LINEAR deployment strategy.");
  }
  requireWithin("bakeTimeInMinutes", merged.bakeTimeInMinutes, 0, maxBakeMinutes);
  requireWithin("canaryPercent", canaryConfiguration?.canaryPercent, 0.1, 100);
  requireWithin("canaryBakeTimeInMinutes", canaryConfiguration?.canaryBakeTimeInMinutes, 0, maxBakeMinutes);
  requireWithin("stepPercent", linearConfiguration?.stepPercent, 3, 100);
  requireWithin("stepBakeTimeInMinutes", linearConfiguration?.stepBakeTimeInMinutes, 0, maxBakeMinutes);
}

function requireWithin(name: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || (value >= min && value <= max)) return;
  throw invalidParameter(`${name} must be between ${min} and ${max}.`);
}

/**
 * Chooses the deployment strategy. No other code distinguishes the strategies by name.
 *
 * @throws AwsError InvalidParameterException for a strategy that shifts traffic in steps without a load balancer
 */
export function strategyOf(configuration: DeploymentConfiguration, workload: Workload | undefined): Strategy {
  const shift = shiftOf(configuration);
  if (shift === undefined) return { plan: rollingUpdate };
  const { strategy } = configuration;
  const balanced = workload?.loadBalancers ?? [];
  if (strategy !== "BLUE_GREEN" && balanced.length === 0) {
    throw invalidParameter(`The ${strategy} deployment strategy requires a load balancer or Service Connect.`);
  }
  if (balanced.some(({ advancedConfiguration }) => advancedConfiguration === undefined)) {
    throw invalidParameter(
      `advancedConfiguration of a load balancer is required for the ${strategy} deployment strategy.`,
    );
  }
  return { plan: shiftingUpdate, shift };
}
