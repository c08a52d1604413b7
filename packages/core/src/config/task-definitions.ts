/** What the task definitions of an environment's services are called and use, as permissions name it. */
import * as v from "valibot";
import { FamilyPattern, LogGroupPattern, RoleNamePattern } from "./grammar.ts";
import type { EnvironmentConfiguration } from "./schema.ts";

/** Each is a name, or the beginning of names, ending in an asterisk. */
export const TaskDefinitions = v.strictObject({
  families: v.optional(v.array(FamilyPattern)),
  /** Task and execution roles, in the environment's account. */
  roles: v.optional(v.array(RoleNamePattern)),
  logGroups: v.optional(v.array(LogGroupPattern)),
});

/** What an environment's services are expected to use where its configuration does not say. */
export function taskDefinitionsOf({
  cluster,
  services,
  taskDefinitions,
}: Pick<EnvironmentConfiguration, "cluster" | "services" | "taskDefinitions">): {
  families: readonly string[];
  roles: readonly string[];
  logGroups: readonly string[];
} {
  const usual = Object.values(services).map(({ service }) => `${cluster}-${service}`);
  const {
    families = usual,
    roles = usual.flatMap((family) => [`${family}-task`, `${family}-execution`]),
    logGroups = usual.map((family) => `/ecs/${family}`),
  } = taskDefinitions;
  return { families, roles, logGroups };
}
