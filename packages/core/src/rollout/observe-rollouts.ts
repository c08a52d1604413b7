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

/** `rollout` is what to watch from now on: completed by what was found out. */
export type ObservedRollout = WatchedRollout & { observation: RolloutObservation };

/**
 * Looks at all services of a release with as few calls as verdicts need: one for ten services, one for twenty service
 * deployments; a service deployment is looked for once and then known. ECS lists stopped tasks by service only, so they
 * are asked for where some may have stopped, and described together.
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
  const troubled = found.flatMap(({ rollout, serviceName }) => {
    const service = services.get(serviceName);
    const deploymentId = service && troubledDeployment(service, rollout, { since, now });
    return deploymentId === undefined ? [] : [{ service: serviceName, deploymentId }];
  });
  const stopped = troubled.length === 0 ? [] : await ecs.stoppedTasks(cluster, troubled);
  return found.map(({ rollout, serviceName }) => {
    const service = services.get(serviceName);
    const serviceDeployment = serviceDeployments.get(rollout.serviceDeploymentArn ?? "");
    const id = troubled.find((one) => one.service === serviceName)?.deploymentId;
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

/** Before this age nothing has stopped twice. */
const quietMilliseconds = 10_000;
/** From this age on looks are rare, and stopped tasks are asked for at each, whatever the signs are. */
const suspiciousMilliseconds = 180_000;

/** Id of the deployment whose stopped tasks are worth asking for. */
export function troubledDeployment(
  service: ObservedService,
  rollout: Rollout,
  { since, now }: { since: Date; now: Date },
): string | undefined {
  const id = watchedDeployment(service, rollout);
  const deployment = service.deployments.find((one) => one.id === id);
  if (deployment === undefined) return undefined;
  if (deployment.failedTasks > 0 || deployment.status !== "PRIMARY") return id;
  const age = now.getTime() - since.getTime();
  if (age < quietMilliseconds) return undefined;
  const isInPlace = isCompleted(deployment, service) && deployment.runningCount >= deployment.desiredCount;
  const isSuspicious = age >= suspiciousMilliseconds && !isInPlace;
  return isSuspicious || mayHaveLostTasks(service, deployment, since) ? id : undefined;
}

/**
 * Whether tasks of a deployment may have stopped since the release began it, or went back to it. ECS's own count of failures leaves out tasks that ran and
 * then ended by themselves. Such a task is missing, or has been replaced: then more tasks were started than are wanted.
 */
function mayHaveLostTasks({ events }: ObservedService, deployment: ObservedDeployment, since: Date): boolean {
  const { desiredCount, runningCount, pendingCount, createdAt } = deployment;
  if (runningCount + pendingCount < desiredCount) return true;
  const started = events
    .filter(({ at }) => at >= createdAt && at >= since)
    .reduce((sum, { message }) => sum + Number(startedTasks.exec(message)?.[1] ?? 0), 0);
  return started > desiredCount;
}

/** ECS's words, as in `(service api) has started 2 tasks: (task …) (task …).` */
const startedTasks = /has started (\d+) tasks?\b/;
