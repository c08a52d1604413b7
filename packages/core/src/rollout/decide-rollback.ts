import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { ServiceIntent, ServiceSnapshot } from "../ledger/release-record.ts";
import { isGoingForward, primaryOf, type ObservedService, type ServiceDeploymentStatus } from "../ecs/observation.ts";

/** Our service deployment, with the task definitions of its revisions. */
export type ResolvedServiceDeployment = {
  arn: string;
  status: ServiceDeploymentStatus;
  sourceTaskDefinitions: readonly string[];
  /** Where ECS's own rollback leads, once it has begun. */
  rollbackTaskDefinition?: string;
};

export type RollbackObservation = {
  service?: ObservedService;
  /** The newest service deployment that leads to the intent's task definition. */
  serviceDeployment?: ResolvedServiceDeployment;
  /**
   * The primary deployment's task definition is the snapshot's in all but its images' notation: registered by an earlier
   * run of this step, with the recorded digests.
   */
  primaryIsPinnedSnapshot: boolean;
};

export type RollbackDecision =
  /** The release never changed the service. */
  | { kind: "untouched" }
  /** The service runs the snapshot, or ECS is on its way there: only to be watched, until it runs `taskDefinition`. */
  | { kind: "follow"; taskDefinition?: string; serviceDeploymentArn?: string }
  /** ECS is to roll our deployment back, which is still under way and began from the snapshot. */
  | { kind: "stop"; serviceDeploymentArn: string }
  | { kind: "update" }
  | { kind: "scale-to-zero" }
  | { kind: "leave"; reason: string };

/**
 * Decides how one service goes back, from what it is now and from what was recorded: the outcome of the step that changed
 * it may have been lost. Deciding again after any of the decisions was carried out, wholly or in part, leads to the same end.
 *
 * ECS's own way back is preferred while our deployment is under way: it keeps the old tasks, and returns to the revision
 * with the digests that it had resolved.
 *
 * Somebody else's deployment that replaced ours is left alone. What the release brought is gone from the service by then,
 * and whoever deployed knew a newer state than our snapshot: to overwrite a repair with what ran before the release would
 * be worse, and two automatons that do so would never end. The other services go back.
 */
export function decideRollback(
  snapshot: ServiceSnapshot | undefined,
  intent: ServiceIntent | undefined,
  observation: RollbackObservation,
  policy: EnvironmentConfiguration["firstDeployment"],
): RollbackDecision {
  if (intent === undefined) return { kind: "untouched" };
  const { service, serviceDeployment, primaryIsPinnedSnapshot } = observation;
  // Deleted meanwhile: nothing can be done, and watching says so.
  const target = snapshot?.taskDefinition;
  if (service === undefined || service.status !== "ACTIVE")
    return { kind: "follow", ...(target && { taskDefinition: target }) };

  const running = primaryOf(service)?.taskDefinition;
  const isOurs = intent.taskDefinition !== undefined && running === intent.taskDefinition;
  if (target !== undefined && (running === target || primaryIsPinnedSnapshot)) {
    // Ours is under way and not primary yet, as strategies that shift traffic may have it.
    return serviceDeployment !== undefined && isGoingForward(serviceDeployment)
      ? decideByServiceDeployment(serviceDeployment, target)
      : { kind: "follow", taskDefinition: running ?? target, ...underWay(serviceDeployment) };
  }
  if (!isOurs) return decideForForeign(snapshot, intent, service);
  if (target === undefined) {
    return policy === "scale-to-zero"
      ? { kind: "scale-to-zero" }
      : { kind: "leave", reason: "it is the service's first deployment, and the environment leaves those as they are" };
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
    // Ended, and ours is still primary: nobody but us brings the snapshot back. After ROLLBACK_SUCCESSFUL this may be a
    // read from an old copy; then the update changes nothing.
    case "SUCCESSFUL":
    case "STOPPED":
    case "ROLLBACK_SUCCESSFUL":
    case "ROLLBACK_FAILED":
      return { kind: "update" };
  }
}

/** Neither the snapshot nor ours is primary. */
function decideForForeign(
  snapshot: ServiceSnapshot | undefined,
  intent: ServiceIntent,
  service: ObservedService,
): RollbackDecision {
  const primary = primaryOf(service);
  // The function died between writing its intent and updating the service: still the deployment of the snapshot's time.
  if (primary === undefined || primary.id === snapshot?.deploymentId) return { kind: "untouched" };
  // Older than our change, and yet not what the snapshot names: ECS went back by itself, to somewhere else.
  if (primary.createdAt < new Date(intent.at) && snapshot?.taskDefinition !== undefined) return { kind: "update" };
  return { kind: "leave", reason: `somebody else deployed ${primary.taskDefinition} (${primary.id}) meanwhile` };
}

const ongoing: ReadonlySet<ServiceDeploymentStatus> = new Set([
  "STOP_REQUESTED",
  "ROLLBACK_REQUESTED",
  "ROLLBACK_IN_PROGRESS",
]);

const underWay = (serviceDeployment: ResolvedServiceDeployment | undefined) =>
  serviceDeployment !== undefined && ongoing.has(serviceDeployment.status)
    ? { serviceDeploymentArn: serviceDeployment.arn }
    : {};
