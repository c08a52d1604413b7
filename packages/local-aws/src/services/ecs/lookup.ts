/** Finds the resources that a request names. Throws ECS's errors. */
import { nameOf, parseTaskDefinitionReference } from "./arns.ts";
import { clientError, clusterNotFound, invalidParameter, serviceNotActive, serviceNotFound } from "./errors.ts";
import type { ClusterRecord, EcsContext, ServiceRecord, TaskDefinitionRecord } from "./state.ts";

/** The cluster of a request that names no cluster. */
const defaultCluster = "default";

/** @throws AwsError ClusterNotFoundException */
export function findCluster(context: EcsContext, reference: string | undefined): ClusterRecord {
  const cluster = context.clusters.get(nameOf(reference ?? defaultCluster));
  if (cluster === undefined) throw clusterNotFound();
  return cluster;
}

/** @throws AwsError ServiceNotFoundException, ServiceNotActiveException */
export function findActiveService(cluster: ClusterRecord, reference: string | undefined): ServiceRecord {
  const service = cluster.services.get(nameOf(reference ?? ""));
  if (service === undefined) throw serviceNotFound();
  if (service.status !== "ACTIVE") throw serviceNotActive();
  return service;
}

/** The named revision, or the latest ACTIVE revision of a family. Undefined when it does not exist. */
export function findTaskDefinition(context: EcsContext, reference: string): TaskDefinitionRecord | undefined {
  const { family, revision } = parseTaskDefinitionReference(reference);
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
