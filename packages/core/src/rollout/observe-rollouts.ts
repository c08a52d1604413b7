import type { Rollout } from "../steps.ts";
import { findServiceDeployments } from "./find-service-deployments.ts";
import { watchedDeployment } from "./judge.ts";
import { isCompleted, type ObservedService, type RolloutObservation } from "./observation.ts";
import type { ServiceObservations } from "./ports.ts";

/** A rollout and the name that ECS knows its service by. */
export type WatchedRollout = { rollout: Rollout; serviceName: string };

/** `rollout` is what to watch from now on: completed by what was found out. */
export type ObservedRollout = WatchedRollout & { observation: RolloutObservation };

/** Before this age nothing has stopped twice. */
const quietMilliseconds = 10_000;

/**
 * Looks at all services of a release with as few calls as verdicts need: one for ten services, one for twenty service
 * deployments; a service deployment is looked for once and then known; stopped tasks are read of services in trouble.
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
  return Promise.all(
    found.map(async ({ rollout, serviceName }) => {
      const service = services.get(serviceName);
      const serviceDeployment = serviceDeployments.get(rollout.serviceDeploymentArn ?? "");
      const troubled = service && troubledDeployment(service, rollout, since, now);
      const stoppedTasks = troubled === undefined ? [] : await ecs.stoppedTasks(cluster, serviceName, troubled);
      return {
        rollout,
        serviceName,
        observation: {
          ...(service !== undefined && { service }),
          ...(serviceDeployment !== undefined && { serviceDeployment }),
          stoppedTasks,
        },
      };
    }),
  );
}

/**
 * Id of the deployment whose stopped tasks are worth a look: any that has not all its tasks running. ECS's own count of
 * failures is not enough, since it leaves out tasks that ran and then ended by themselves.
 */
function troubledDeployment(service: ObservedService, rollout: Rollout, since: Date, now: Date): string | undefined {
  const id = watchedDeployment(service, rollout);
  const deployment = service.deployments.find((one) => one.id === id);
  if (deployment === undefined) return undefined;
  if (deployment.failedTasks > 0 || deployment.status !== "PRIMARY") return id;
  if (now.getTime() - since.getTime() < quietMilliseconds) return undefined;
  return isCompleted(deployment, service) && deployment.runningCount >= deployment.desiredCount ? undefined : id;
}
