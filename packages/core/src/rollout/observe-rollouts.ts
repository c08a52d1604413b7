import type { Rollout } from "../contract/steps.ts";
import { findServiceDeployments } from "./find-service-deployments.ts";
import { watchedDeployment } from "./judge.ts";
import {
  isCompleted,
  type ObservedDeployment,
  type ObservedService,
  type RolloutObservation,
} from "../ecs/observation.ts";
import type { ServiceObservations } from "../ecs/ports.ts";

/** A rollout and the name that ECS knows its service by. */
export type WatchedRollout = { rollout: Rollout; serviceName: string };

/** `rollout` is what to poll next time: completed by what this poll found. */
export type ObservedRollout = WatchedRollout & { observation: RolloutObservation };

/**
 * Reads the state of all services of a release with as few calls as possible: one for ten services, one for twenty service
 * deployments. A service deployment is searched for once and then known. ECS lists stopped tasks by service only, so they are
 * listed only where some may have stopped, and described together.
 *
 * @throws RejectedError CLUSTER_NOT_FOUND
 */
export async function observeRollouts(
  ecs: ServiceObservations,
  cluster: string,
  watched: readonly WatchedRollout[],
  { since, now }: { since: Date; now: Date },
): Promise<ObservedRollout[]> {
  const names = watched.filter(({ rollout }) => rollout.expect !== "none").map(({ serviceName }) => serviceName);
  const services = names.length === 0 ? new Map<string, ObservedService>() : await ecs.services(cluster, names);
  const found = await findServiceDeployments(ecs, cluster, watched, services, since);
  const arns = found.flatMap(({ rollout }) => rollout.serviceDeploymentArn ?? []);
  const serviceDeployments = arns.length === 0 ? new Map() : await ecs.serviceDeployments(arns);
  const suspects = found.flatMap(({ rollout, serviceName }) => {
    const service = services.get(serviceName);
    const deploymentId = service && suspectDeployment(service, rollout, { since, now });
    return deploymentId === undefined ? [] : [{ service: serviceName, deploymentId }];
  });
  const stopped = suspects.length === 0 ? [] : await ecs.stoppedTasks(cluster, suspects);
  return found.map(({ rollout, serviceName }) => {
    const service = services.get(serviceName);
    const serviceDeployment = serviceDeployments.get(rollout.serviceDeploymentArn ?? "");
    const id = suspects.find((one) => one.service === serviceName)?.deploymentId;
    return {
      rollout,
      serviceName,
      observation: {
        ...(service !== undefined && { service }),
        ...(serviceDeployment !== undefined && { serviceDeployment }),
        stoppedTasks: stopped.filter(({ startedBy }) => id !== undefined && startedBy === id),
      },
    };
  });
}

/** Before this age no task has stopped twice. */
const earliestSuspicionMilliseconds = 10_000;
/** From this age on polls are rare, and each lists the stopped tasks of an incomplete deployment. */
const alwaysSuspectMilliseconds = 180_000;

/** Id of the service's deployment, if some of its tasks may have stopped. */
export function suspectDeployment(
  service: ObservedService,
  rollout: Rollout,
  { since, now }: { since: Date; now: Date },
): string | undefined {
  const id = watchedDeployment(service, rollout);
  const deployment = service.deployments.find((one) => one.id === id);
  if (deployment === undefined) return undefined;
  if (deployment.failedTasks > 0 || deployment.status !== "PRIMARY") return id;
  const age = now.getTime() - since.getTime();
  if (age < earliestSuspicionMilliseconds) return undefined;
  const isComplete = isCompleted(deployment, service) && deployment.runningCount >= deployment.desiredCount;
  const isSlow = age >= alwaysSuspectMilliseconds && !isComplete;
  return isSlow || mayHaveLostTasks(service, deployment, since) ? id : undefined;
}

/**
 * Whether tasks of a deployment may have stopped since the release or its rollback began. ECS's own count of failures leaves
 * out tasks that ran and then ended by themselves. Such a task is missing, or ECS has replaced it: then more tasks were
 * started than the desired count.
 */
function mayHaveLostTasks({ events }: ObservedService, deployment: ObservedDeployment, since: Date): boolean {
  const { desiredCount, runningCount, pendingCount, createdAt } = deployment;
  if (runningCount + pendingCount < desiredCount) return true;
  const started = events
    .filter(({ at }) => at >= createdAt && at >= since)
    .reduce((sum, { message }) => sum + Number(startedTasks.exec(message)?.[1] ?? 0), 0);
  return started > desiredCount;
}

/** Text of an ECS event, as in `(service api) has started 2 tasks: (task …) (task …).` */
const startedTasks = /has started (\d+) tasks?\b/;
