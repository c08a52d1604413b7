/** Families, roles and log groups of the task definitions of an environment's services, as permissions name them. */
import * as v from "valibot";
import { FamilyPattern, LogGroupPattern, RoleNamePattern } from "./grammar.ts";
import type { EnvironmentConfiguration } from "./schema.ts";

/** Each entry is a name, or the beginning of names with an asterisk at the end. */
export const TaskDefinitions = v.strictObject({
  families: v.optional(v.array(FamilyPattern)),
  /** Task and execution roles, in the environment's account. */
  roles: v.optional(v.array(RoleNamePattern)),
  logGroups: v.optional(v.array(LogGroupPattern)),
});

export type TaskDefinitionNames = {
  families: readonly string[];
  /** With their paths. */
  roles: readonly string[];
  logGroups: readonly string[];
};

/** The names of an environment's configuration, or their defaults. */
export function taskDefinitionsOf({
  cluster,
  services,
  taskDefinitions,
}: Pick<EnvironmentConfiguration, "cluster" | "services" | "taskDefinitions">): TaskDefinitionNames {
  const defaultFamilies = Object.values(services).map(({ service }) => `${cluster}-${service}`);
  const {
    families = defaultFamilies,
    roles = defaultFamilies.flatMap((family) => [`${family}-task`, `${family}-execution`]),
    logGroups = defaultFamilies.map((family) => `/ecs/${family}`),
  } = taskDefinitions;
  return { families, roles, logGroups };
}

/** The members of ECS's response that are read. */
type Described = {
  family?: string | undefined;
  taskRoleArn?: string | undefined;
  executionRoleArn?: string | undefined;
  containerDefinitions?:
    | { logConfiguration?: { options?: Record<string, string> | undefined } | undefined }[]
    | undefined;
};

/** Family, roles and log groups of a task definition. */
export function namesIn({
  family,
  taskRoleArn,
  executionRoleArn,
  containerDefinitions = [],
}: Described): TaskDefinitionNames {
  return {
    families: family === undefined ? [] : [family],
    roles: [taskRoleArn, executionRoleArn].flatMap(roleIn),
    logGroups: containerDefinitions.flatMap(
      ({ logConfiguration }) => logConfiguration?.options?.["awslogs-group"] ?? [],
    ),
  };
}

/**
 * `arn:aws:iam::111122223333:role/path/name` → `path/name`; a name without ARN stays as it is. The account is always the
 * environment's, because no role of another account can be passed
 * (docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html).
 */
const roleIn = (role: string | undefined): string[] =>
  role === undefined || role === "" ? [] : [role.replace(/^arn:.*?:role\//, "")];
