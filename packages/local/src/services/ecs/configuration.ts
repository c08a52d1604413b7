/** `deploymentConfiguration`: what of it the local ECS follows, and how updates merge into it. */
import type { DeploymentConfiguration } from "@aws-sdk/client-ecs";
import { notInLocalAws } from "../../protocol/errors.ts";
import { invalidParameter } from "./errors.ts";
import { rollingUpdate } from "./rolling.ts";
import type { RolloutStrategy } from "./rolling.ts";
import type { Configuration } from "./state.ts";

const defaults = {
  deploymentCircuitBreaker: { enable: false, rollback: false },
  maximumPercent: 200,
  minimumHealthyPercent: 100,
  strategy: "ROLLING",
  bakeTimeInMinutes: 0,
} satisfies Configuration;

/**
 * Members that are absent keep what they were.
 *
 * @throws AwsError NotInLocalAws for alarms, hooks and bake times; InvalidParameterException
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
  const { alarms, bakeTimeInMinutes, earlySuccessCriteria, lifecycleHooks } = configuration;
  if (alarms?.enable === true) throw notInLocalAws("deployment alarms");
  if ((lifecycleHooks ?? []).length > 0) throw notInLocalAws("deployment lifecycle hooks");
  if ((bakeTimeInMinutes ?? 0) > 0) throw notInLocalAws("bake times");
  if (earlySuccessCriteria?.enable === true) throw notInLocalAws("early success criteria");
}

/** The one place that knows which strategies there are. @throws AwsError NotInLocalAws */
export function strategyOf(configuration: DeploymentConfiguration): RolloutStrategy {
  const { strategy = "ROLLING" } = configuration;
  if (strategy !== "ROLLING") throw notInLocalAws(`the deployment strategy ${strategy}`);
  return rollingUpdate;
}
