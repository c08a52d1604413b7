import type { ServiceSnapshot } from "../ledger/release-record.ts";
import type { SnapshotObservation } from "../ecs/observe-snapshot.ts";
import { isCompleted, primaryOf } from "../ecs/observation.ts";

export type SnapshotVerdict =
  | { state: "ready"; snapshot: Readonly<Record<string, ServiceSnapshot>> }
  | { state: "waiting"; retryAfterSeconds: number; reason: string };

/** So long somebody else's deployment is given to end by itself. */
const waitLimitMilliseconds = 10 * 60_000;

/**
 * Decides where a rollback of each service would go, once the services stand still.
 *
 * A COMPLETED primary deployment is where: its task definition was proven, also when it is what ECS itself went back to.
 * One in progress is waited for, ten minutes from `waitingSince`. One that has FAILED, or does not come to an end, proves
 * nothing: the target is then the newest service deployment that was SUCCESSFUL, and without one there is none, as with a
 * service's first deployment. Nothing is guessed from revision numbers.
 */
export function judgeSnapshot(
  observations: readonly SnapshotObservation[],
  now: Date,
  waitingSince: Date,
): SnapshotVerdict {
  const waitedMilliseconds = now.getTime() - waitingSince.getTime();
  const moving = observations.filter(isMoving);
  if (moving.length > 0 && waitedMilliseconds < waitLimitMilliseconds) {
    return {
      state: "waiting",
      retryAfterSeconds: retryAfterSeconds(waitedMilliseconds / 1000),
      reason: moving.map(({ service }) => `${service} is being deployed by somebody else`).join("; "),
    };
  }
  return {
    state: "ready",
    snapshot: Object.fromEntries(observations.map((one) => [one.service, snapshotOf(one)])),
  };
}

/** From 5 seconds to a minute, and never past the ten minutes. */
function retryAfterSeconds(waitedSeconds: number): number {
  const stretched = Math.min(60, Math.max(5, Math.round(waitedSeconds / 5)));
  return Math.max(1, Math.min(stretched, Math.ceil(waitLimitMilliseconds / 1000 - waitedSeconds)));
}

function isMoving({ observed }: SnapshotObservation): boolean {
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
