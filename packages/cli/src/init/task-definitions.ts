import { taskDefinitionsOf } from "@lockmaster/core/config/task-definitions.ts";
import type { ManagedService } from "./survey.ts";

/**
 * Families, roles and log groups of the services' task definitions, where they differ from the names that Lockmaster derives:
 * its permissions follow from them.
 */
export function unusualTaskDefinitions(
  cluster: string,
  services: readonly ManagedService[],
): Record<string, string[]> | undefined {
  const byName = Object.fromEntries(services.map(({ service }, index) => [index, { service, containers: {} }]));
  const expected = taskDefinitionsOf({ cluster, services: byName, taskDefinitions: {} });
  const found = {
    families: services.flatMap(({ family }) => family ?? []),
    roles: services.flatMap(({ roles }) => roles),
    logGroups: services.flatMap(({ logGroups }) => logGroups),
  };
  const unusual = (["families", "roles", "logGroups"] as const).flatMap((field) => {
    const names = [...new Set(found[field])].toSorted();
    const isExpected = names.every((name) => expected[field].includes(name));
    return isExpected ? [] : [[field, names] as const];
  });
  return unusual.length === 0 ? undefined : Object.fromEntries(unusual);
}
