import { RejectedError } from "../lib/errors.ts";
import { isCompleted, primaryOf, type ObservedRevision, type ObservedService } from "./observation.ts";
import type { ServiceObservations } from "./ports.ts";

/** One service before the release, with what a rollback needs. */
export type SnapshotObservation = {
  service: string;
  observed: ObservedService;
  /** The revision that the primary deployment runs, when ECS reports it. */
  primaryRevision?: ObservedRevision;
  /** Target of the newest SUCCESSFUL service deployment; read only when the primary deployment is not COMPLETED. */
  lastSuccessful?: ObservedRevision;
};

/**
 * Observes all services before a release changes them.
 *
 * @param services name in ECS, by the name in the configuration
 * @throws RejectedError SERVICE_NOT_FOUND, SERVICE_INACTIVE, CLUSTER_NOT_FOUND
 */
export async function observeSnapshot(
  ecs: ServiceObservations,
  cluster: string,
  services: Readonly<Record<string, string>>,
): Promise<SnapshotObservation[]> {
  const found = await ecs.services(cluster, Object.values(services));
  const observed = Object.entries(services).map(([service, name]) => ({
    service,
    observed: requireActive(found.get(name), cluster, name),
  }));
  const revisions = await ecs.serviceRevisions(observed.flatMap((one) => one.observed.currentServiceRevisions));
  return Promise.all(
    observed.map(async ({ service, observed }) => {
      const primaryRevision = revisionOfPrimary(observed, revisions);
      const lastSuccessful = await lastSuccessfulOf(ecs, cluster, observed);
      return {
        service,
        observed,
        ...(primaryRevision !== undefined && { primaryRevision }),
        ...(lastSuccessful !== undefined && { lastSuccessful }),
      };
    }),
  );
}

/** @throws RejectedError SERVICE_NOT_FOUND, SERVICE_INACTIVE */
export function requireActive(service: ObservedService | undefined, cluster: string, name: string): ObservedService {
  if (service === undefined) {
    throw new RejectedError(
      `cluster ${cluster} has no service ${name}. Create it or correct the configuration, then redrive.`,
      {
        code: "SERVICE_NOT_FOUND",
      },
    );
  }
  if (service.status !== "ACTIVE") {
    throw new RejectedError(
      `service ${name} of cluster ${cluster} is ${service.status}. Create it again, then redrive.`,
      {
        code: "SERVICE_INACTIVE",
      },
    );
  }
  return service;
}

function revisionOfPrimary(
  service: ObservedService,
  revisions: ReadonlyMap<string, ObservedRevision>,
): ObservedRevision | undefined {
  const taskDefinition = primaryOf(service)?.taskDefinition;
  return service.currentServiceRevisions
    .map((arn) => revisions.get(arn))
    .find((revision) => revision !== undefined && revision.taskDefinition === taskDefinition);
}

/** Target of the newest SUCCESSFUL service deployment. Read only when the primary deployment itself is not proven. */
async function lastSuccessfulOf(
  ecs: ServiceObservations,
  cluster: string,
  service: ObservedService,
): Promise<ObservedRevision | undefined> {
  const primary = primaryOf(service);
  if (primary !== undefined && isCompleted(primary, service)) return undefined;
  const [newest] = await ecs.listServiceDeployments(cluster, service.name, { status: "SUCCESSFUL" });
  if (newest === undefined) return undefined;
  const revision = (await ecs.serviceDeployments([newest])).get(newest)?.targetRevision;
  return revision === undefined ? undefined : (await ecs.serviceRevisions([revision])).get(revision);
}
