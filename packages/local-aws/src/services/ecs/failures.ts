/** What failed tasks do to a deployment: launches wait, and the circuit breaker counts. */
import { breakerThreshold, resetsOnHealthyTask } from "./circuit-breaker.ts";
import { addServiceEvent, emitServiceAction } from "./events.ts";
import { failByBreaker } from "./rollout.ts";
import type { DeploymentRecord, EcsContext, ServiceRecord } from "./state.ts";

/** AWS publishes the greatest wait between launches of tasks that never run (27 minutes), not the steps towards it. */
const firstLaunchDelayMs = 15_000;
const launchDelayFactor = 4;
const greatestLaunchDelayMs = 27 * 60_000;
/** Failed launches in a row after which ECS says that the service cannot start tasks. */
const impairedAfter = 3;

/** Failures of the same round of launches make the next round wait once, not several times. */
export function slowDown(context: EcsContext, service: ServiceRecord, deployment: DeploymentRecord): void {
  const now = context.world.clock.now();
  if (now < deployment.launchNotBefore) return;
  const delayMs = firstLaunchDelayMs * launchDelayFactor ** deployment.launchFailures;
  deployment.launchFailures += 1;
  deployment.launchNotBefore = now + Math.min(delayMs, greatestLaunchDelayMs);
  if (deployment.launchFailures !== impairedAfter) return;
  addServiceEvent(
    context,
    service,
    "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
  );
  emitServiceAction(context, service, { eventType: "WARN", eventName: "SERVICE_TASK_START_IMPAIRED" });
}

/** Failures count while a deployment is under way; afterwards a crash is just replaced. */
export function countFailure(context: EcsContext, service: ServiceRecord, deployment: DeploymentRecord): void {
  if (deployment.status !== "PRIMARY" || deployment.rolloutState !== "IN_PROGRESS") return;
  const configured = service.configuration.deploymentCircuitBreaker;
  deployment.failedTasks += 1;
  setBreakerFailures(deployment, deployment.breakerFailures + 1);
  const tripped = deployment.breakerFailures >= breakerThreshold(configured, service.desiredCount);
  // The circuit breaker is for rolling updates.
  const isWatched = configured?.enable === true && service.strategy.shift === undefined;
  if (isWatched && tripped) failByBreaker(context, service, deployment);
}

/** A healthy task ends every row of failures. */
export function forgetFailures(service: ServiceRecord, deployment: DeploymentRecord): void {
  deployment.launchFailures = 0;
  deployment.failedTasks = 0;
  if (deployment.status === "PRIMARY" && resetsOnHealthyTask(service.configuration.deploymentCircuitBreaker)) {
    setBreakerFailures(deployment, 0);
  }
}

/** On the way back the service deployment still shows the failures of its own target. */
function setBreakerFailures(deployment: DeploymentRecord, failures: number): void {
  const { breaker, target } = deployment.serviceDeployment;
  deployment.breakerFailures = failures;
  if (target === deployment.revision) breaker.failureCount = failures;
}
