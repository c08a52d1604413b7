/** Finds the resources that a request names. Throws ECS's errors. */
import { clientError, clusterNotFound, invalidParameter, serviceNotActive, serviceNotFound } from "./errors.ts";
import { clusterNameIn, serviceNameIn, taskDefinitionIn } from "./references.ts";
import type { ClusterRecord, EcsContext, ServiceRecord, TaskDefinitionRecord } from "./state.ts";

/** The cluster of a request that names no cluster. */
const defaultCluster = "default";

/** @throws AwsError ClusterNotFoundException, InvalidParameterException */
export function findCluster(context: EcsContext, reference: string | undefined): ClusterRecord {
  const cluster = context.clusters.get(clusterNameIn(context.world, reference ?? defaultCluster));
  if (cluster === undefined) throw clusterNotFound();
  return cluster;
}

/** @throws AwsError ServiceNotFoundException, InvalidParameterException */
export function findService(context: EcsContext, cluster: ClusterRecord, reference: string): ServiceRecord {
  const service = cluster.services.get(serviceNameIn(context.world, cluster.name, reference));
  if (service === undefined) throw serviceNotFound();
  return service;
}

/** @throws AwsError ServiceNotFoundException, ServiceNotActiveException, InvalidParameterException */
export function findActiveService(context: EcsContext, cluster: ClusterRecord, reference = ""): ServiceRecord {
  const service = findService(context, cluster, reference);
  if (service.status !== "ACTIVE") throw serviceNotActive();
  return service;
}

/**
 * The named revision, or the latest ACTIVE revision of a family. Undefined when it does not exist.
 *
 * @throws AwsError InvalidParameterException
 */
export function findTaskDefinition(context: EcsContext, reference: string): TaskDefinitionRecord | undefined {
  const { family, revision } = taskDefinitionIn(context.world, reference);
  const revisions = context.families.get(family) ?? [];
  if (revision !== undefined) return revisions.find(({ definition }) => definition.revision === revision);
  return revisions.findLast(({ definition }) => definition.status === "ACTIVE");
}

/** Finds an ACTIVE task definition. @throws AwsError ClientException, InvalidParameterException */
export function launchableTaskDefinition(context: EcsContext, reference: string | undefined): TaskDefinitionRecord {
  if (reference === undefined || reference === "") throw invalidParameter("TaskDefinition can not be blank.");
  const found = findTaskDefinition(context, reference);
  if (found === undefined) throw clientError("TaskDefinition not found.");
  if (found.definition.status !== "ACTIVE") throw clientError("TaskDefinition is inactive");
  return found;
}
