/** ECS's deployment circuit breaker: how many failed tasks are too many. */
import type { DeploymentCircuitBreaker } from "@aws-sdk/client-ecs";

const defaultPercent = 50;
const leastThreshold = 3;
const greatestThreshold = 200;

/**
 * Failures at which the breaker trips, from the service's latest desired count.
 *
 * Source: DeploymentCircuitBreaker and ThresholdConfiguration in the ECS API reference (the bounds were 10 and 200 until
 * 2024).
 */
export function breakerThreshold(breaker: DeploymentCircuitBreaker | undefined, desiredCount: number): number {
  const { type = "BOUNDED_PERCENT", value = defaultPercent } = breaker?.thresholdConfiguration ?? {};
  if (type === "COUNT") return value;
  const share = Math.ceil((desiredCount * value) / 100);
  if (type === "UNBOUNDED_PERCENT") return Math.max(1, share);
  return Math.min(greatestThreshold, Math.max(leastThreshold, share));
}

/** Whether a healthy task sets the count of failures back to zero; the default since the setting exists. */
export function resetsOnHealthyTask(breaker: DeploymentCircuitBreaker | undefined): boolean {
  return breaker?.resetOnHealthyTask ?? true;
}
