/** How failed tasks affect a deployment: they delay the next launches, and the circuit breaker counts them. */
import { breakerThreshold, resetsOnHealthyTask } from "./circuit-breaker.ts";
import { addServiceEvent, emitServiceAction } from "./events.ts";
import { failByBreaker } from "./rollout.ts";
import type { DeploymentRecord, EcsContext, ServiceRecord } from "./state.ts";

/** AWS publishes the maximum delay between launches of tasks that never run (27 minutes), but not the steps towards it. */
const firstLaunchDelayMs = 15_000;
const launchDelayFactor = 4;
const maxLaunchDelayMs = 27 * 60_000;
/** Consecutive failed launches after which ECS reports that the service cannot start tasks. */
const impairedAfterFailures = 3;

/** Delays the next launches. Failures of the same round of launches delay the next round once. */
export function delayLaunches(context: EcsContext, service: ServiceRecord, deployment: DeploymentRecord): void {
  const now = context.world.clock.now();
  if (now < deployment.launchNotBefore) return;
  const delayMs = firstLaunchDelayMs * launchDelayFactor ** deployment.launchFailures;
  deployment.launchFailures += 1;
  deployment.launchNotBefore = now + Math.min(delayMs, maxLaunchDelayMs);
  if (deployment.launchFailures !== impairedAfterFailures) return;
  addServiceEvent(
    context,
    service,
    "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
  );
  emitServiceAction(context, service, { eventType: "WARN", eventName: "SERVICE_TASK_START_IMPAIRED" });
}

/** Counts a failure while the deployment is IN_PROGRESS. Afterwards ECS only replaces a crashed task. */
export function countFailure(context: EcsContext, service: ServiceRecord, deployment: DeploymentRecord): void {
  if (deployment.status !== "PRIMARY" || deployment.rolloutState !== "IN_PROGRESS") return;
  const configured = service.configuration.deploymentCircuitBreaker;
  deployment.failedTasks += 1;
  setBreakerFailures(deployment, deployment.breakerFailures + 1);
  const tripped = deployment.breakerFailures >= breakerThreshold(configured, service.desiredCount);
  // The circuit breaker watches rolling updates only.
  const isWatched = configured?.enable === true && service.strategy.shift === undefined;
  if (isWatched && tripped) failByBreaker(context, service, deployment);
}

/** A healthy task resets all counts of consecutive failures. */
export function resetFailures(service: ServiceRecord, deployment: DeploymentRecord): void {
  deployment.launchFailures = 0;
  deployment.failedTasks = 0;
  if (deployment.status === "PRIMARY" && resetsOnHealthyTask(service.configuration.deploymentCircuitBreaker)) {
    setBreakerFailures(deployment, 0);
  }
}

/** During a rollback the service deployment still shows the failures of its own target. */
function setBreakerFailures(deployment: DeploymentRecord, failures: number): void {
  const { breaker, target } = deployment.serviceDeployment;
  deployment.breakerFailures = failures;
  if (target === deployment.revision) breaker.failureCount = failures;
}
