import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { ServiceIntent, ServiceSnapshot } from "../ledger/release-record.ts";
import { isGoingForward, primaryOf, type ObservedService, type ServiceDeploymentStatus } from "../ecs/observation.ts";

/** The release's own ("our") service deployment, with the task definitions of its revisions. */
export type ResolvedServiceDeployment = {
  arn: string;
  status: ServiceDeploymentStatus;
  sourceTaskDefinitions: readonly string[];
  /** Target of ECS's own rollback, once it has begun. */
  rollbackTaskDefinition?: string;
};

export type RollbackObservation = {
  service?: ObservedService;
  /** The newest service deployment whose target is the intent's task definition. */
  serviceDeployment?: ResolvedServiceDeployment;
  /**
   * The primary deployment's task definition equals the snapshot's except that it names images by the recorded digests: an
   * earlier run of this step registered it.
   */
  primaryIsPinnedSnapshot: boolean;
};

export type RollbackDecision =
  /** The release never changed the service. */
  | { kind: "untouched" }
  /** The service runs the snapshot, or ECS is rolling back to it: only poll until the service runs `taskDefinition`. */
  | { kind: "follow"; taskDefinition?: string; serviceDeploymentArn?: string }
  /** Have ECS roll back our deployment, which is still in progress and started from the snapshot. */
  | { kind: "stop"; serviceDeploymentArn: string }
  | { kind: "update" }
  | { kind: "scale-to-zero" }
  | { kind: "leave"; reason: string };

/**
 * Decides how to roll back one service from its current state and the records: the result of the step that changed it may have
 * been lost. Idempotent: a second decision, after the first was carried out wholly or in part, has the same result.
 *
 * While our deployment is in progress, ECS's own rollback is preferred: it keeps the old tasks and uses the revision with
 * the digests that ECS had resolved.
 *
 * If another tool or an operator has replaced our deployment, the service is left alone. It no longer runs the release's
 * images, and overwriting a repair with an older state would be worse; two tools that overwrite each other would never stop.
 * The other services are rolled back.
 */
export function decideRollback(
  snapshot: ServiceSnapshot | undefined,
  intent: ServiceIntent | undefined,
  observation: RollbackObservation,
  policy: EnvironmentConfiguration["firstDeployment"],
): RollbackDecision {
  if (intent === undefined) return { kind: "untouched" };
  const { service, serviceDeployment, primaryIsPinnedSnapshot } = observation;
  // The service was deleted: nothing can be rolled back, and the health check reports it.
  const target = snapshot?.taskDefinition;
  if (service === undefined || service.status !== "ACTIVE")
    return { kind: "follow", ...(target && { taskDefinition: target }) };

  const running = primaryOf(service)?.taskDefinition;
  const isOurs = intent.taskDefinition !== undefined && running === intent.taskDefinition;
  if (target !== undefined && (running === target || primaryIsPinnedSnapshot)) {
    // With strategies that shift traffic, our deployment can be in progress and not primary yet.
    return serviceDeployment !== undefined && isGoingForward(serviceDeployment)
      ? decideByServiceDeployment(serviceDeployment, target)
      : { kind: "follow", taskDefinition: running ?? target, ...ongoingDeployment(serviceDeployment) };
  }
  if (!isOurs) return decideForOtherDeployment(snapshot, intent, service);
  if (target === undefined) {
    return policy === "scale-to-zero"
      ? { kind: "scale-to-zero" }
      : { kind: "leave", reason: 'first deployment of the service, and firstDeployment is "leave"' };
  }
  return serviceDeployment === undefined ? { kind: "update" } : decideByServiceDeployment(serviceDeployment, target);
}

function decideByServiceDeployment(
  { arn, status, sourceTaskDefinitions, rollbackTaskDefinition }: ResolvedServiceDeployment,
  target: string,
): RollbackDecision {
  const beganFromTarget = sourceTaskDefinitions.length > 0 && sourceTaskDefinitions.every((one) => one === target);
  switch (status) {
    case "PENDING":
    case "IN_PROGRESS":
      return beganFromTarget ? { kind: "stop", serviceDeploymentArn: arn } : { kind: "update" };
    case "STOP_REQUESTED":
    case "ROLLBACK_REQUESTED":
    case "ROLLBACK_IN_PROGRESS": {
      const leadsToTarget = rollbackTaskDefinition === undefined ? beganFromTarget : rollbackTaskDefinition === target;
      return leadsToTarget ? { kind: "follow", taskDefinition: target, serviceDeploymentArn: arn } : { kind: "update" };
    }
    // Our deployment has ended and is still primary: ECS does not restore the snapshot by itself. After ROLLBACK_SUCCESSFUL
    // this may be a stale read; then the update changes nothing.
    case "SUCCESSFUL":
    case "STOPPED":
    case "ROLLBACK_SUCCESSFUL":
    case "ROLLBACK_FAILED":
      return { kind: "update" };
  }
}

/** Neither the snapshot nor our task definition is primary. */
function decideForOtherDeployment(
  snapshot: ServiceSnapshot | undefined,
  intent: ServiceIntent,
  service: ObservedService,
): RollbackDecision {
  const primary = primaryOf(service);
  // The function died between writing its intent and updating the service: the snapshot's deployment is still primary.
  if (primary === undefined || primary.id === snapshot?.deploymentId) return { kind: "untouched" };
  // Older than our change, but not the snapshot's task definition: ECS itself rolled back to another revision.
  if (primary.createdAt < new Date(intent.at) && snapshot?.taskDefinition !== undefined) return { kind: "update" };
  return {
    kind: "leave",
    reason: `another tool or operator deployed ${primary.taskDefinition} (${primary.id}) during the release`,
  };
}

const stoppingStatuses: ReadonlySet<ServiceDeploymentStatus> = new Set([
  "STOP_REQUESTED",
  "ROLLBACK_REQUESTED",
  "ROLLBACK_IN_PROGRESS",
]);

const ongoingDeployment = (serviceDeployment: ResolvedServiceDeployment | undefined) =>
  serviceDeployment !== undefined && stoppingStatuses.has(serviceDeployment.status)
    ? { serviceDeploymentArn: serviceDeployment.arn }
    : {};
