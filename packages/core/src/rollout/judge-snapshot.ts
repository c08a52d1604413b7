import type { ServiceSnapshot } from "../ledger/release-record.ts";
import type { SnapshotObservation } from "../ecs/observe-snapshot.ts";
import { isCompleted, primaryOf } from "../ecs/observation.ts";

export type SnapshotVerdict =
  | { state: "ready"; snapshot: Readonly<Record<string, ServiceSnapshot>> }
  | { state: "waiting"; retryAfterSeconds: number; reason: string };

/** Wait limit for a deployment that another tool or an operator started before the release. */
const inProgressLimitMilliseconds = 10 * 60_000;

/**
 * Decides the rollback target of each service, once no deployment is in progress.
 *
 * A COMPLETED primary deployment is the target: its task definition is proven healthy, also if ECS itself rolled back to it.
 * For one in progress the release waits, up to ten minutes from `waitingSince`. If it has FAILED or does not end, the target is
 * the newest SUCCESSFUL service deployment. Without one there is no target, as with a service's first deployment. Revision
 * numbers decide nothing.
 */
export function judgeSnapshot(
  observations: readonly SnapshotObservation[],
  now: Date,
  waitingSince: Date,
): SnapshotVerdict {
  const waitedMilliseconds = now.getTime() - waitingSince.getTime();
  const inProgress = observations.filter(isInProgress);
  if (inProgress.length > 0 && waitedMilliseconds < inProgressLimitMilliseconds) {
    return {
      state: "waiting",
      retryAfterSeconds: retryAfterSeconds(waitedMilliseconds / 1000),
      reason: inProgress.map(({ service }) => `another deployment of service ${service} is in progress`).join("; "),
    };
  }
  return {
    state: "ready",
    snapshot: Object.fromEntries(observations.map((one) => [one.service, snapshotOf(one)])),
  };
}

/** 5 to 60 seconds, and never past the wait limit. */
function retryAfterSeconds(waitedSeconds: number): number {
  const stretched = Math.min(60, Math.max(5, Math.round(waitedSeconds / 5)));
  return Math.max(1, Math.min(stretched, Math.ceil(inProgressLimitMilliseconds / 1000 - waitedSeconds)));
}

function isInProgress({ observed }: SnapshotObservation): boolean {
  const primary = primaryOf(observed);
  return primary !== undefined && primary.rolloutState !== "FAILED" && !isCompleted(primary, observed);
}

function snapshotOf({ observed, primaryRevision, lastSuccessful }: SnapshotObservation): ServiceSnapshot {
  const primary = primaryOf(observed);
  const deploymentId = primary && { deploymentId: primary.id };
  if (primary !== undefined && isCompleted(primary, observed)) {
    return {
      taskDefinition: primary.taskDefinition,
      digests: primaryRevision?.digests ?? {},
      ...(primaryRevision !== undefined && { serviceRevision: primaryRevision.arn }),
      ...deploymentId,
      desiredCount: observed.desiredCount,
    };
  }
  return {
    ...(lastSuccessful !== undefined && {
      taskDefinition: lastSuccessful.taskDefinition,
      serviceRevision: lastSuccessful.arn,
    }),
    digests: lastSuccessful?.digests ?? {},
    ...deploymentId,
    desiredCount: observed.desiredCount,
  };
}
