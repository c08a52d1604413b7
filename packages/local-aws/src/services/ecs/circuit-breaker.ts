/** The thresholds of ECS's deployment circuit breaker. */
import type { DeploymentCircuitBreaker } from "@aws-sdk/client-ecs";

const defaultPercent = 50;
const minThreshold = 3;
const maxThreshold = 200;

/**
 * The number of failed tasks at which the breaker trips, computed from the service's latest desired count.
 *
 * Source: DeploymentCircuitBreaker and ThresholdConfiguration in the ECS API reference (the bounds were 10 and 200 until
 * 2024).
 */
export function breakerThreshold(breaker: DeploymentCircuitBreaker | undefined, desiredCount: number): number {
  const { type = "BOUNDED_PERCENT", value = defaultPercent } = breaker?.thresholdConfiguration ?? {};
  if (type === "COUNT") return value;
  const share = Math.ceil((desiredCount * value) / 100);
  if (type === "UNBOUNDED_PERCENT") return Math.max(1, share);
  return Math.min(maxThreshold, Math.max(minThreshold, share));
}

/** Whether a healthy task resets the count of failures. ECS does so by default. */
export function resetsOnHealthyTask(breaker: DeploymentCircuitBreaker | undefined): boolean {
  return breaker?.resetOnHealthyTask ?? true;
}
