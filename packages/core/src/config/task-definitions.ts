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

export type TaskDefinitionNames = {
  families: readonly string[];
  /** With their paths. */
  roles: readonly string[];
  logGroups: readonly string[];
};

/** What an environment's services are expected to use where its configuration does not say. */
export function taskDefinitionsOf({
  cluster,
  services,
  taskDefinitions,
}: Pick<EnvironmentConfiguration, "cluster" | "services" | "taskDefinitions">): TaskDefinitionNames {
  const usual = Object.values(services).map(({ service }) => `${cluster}-${service}`);
  const {
    families = usual,
    roles = usual.flatMap((family) => [`${family}-task`, `${family}-execution`]),
    logGroups = usual.map((family) => `/ecs/${family}`),
  } = taskDefinitions;
  return { families, roles, logGroups };
}

/** The members of ECS's answer that are looked at. */
type Described = {
  family?: string | undefined;
  taskRoleArn?: string | undefined;
  executionRoleArn?: string | undefined;
  containerDefinitions?:
    | { logConfiguration?: { options?: Record<string, string> | undefined } | undefined }[]
    | undefined;
};

/** What a task definition is called and uses. */
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
 * `arn:aws:iam::111122223333:role/path/name` → `path/name`; where only the name is told, that is it. The account is the
 * environment's: no role of another one can be passed
 * (docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html).
 */
const roleIn = (role: string | undefined): string[] =>
  role === undefined || role === "" ? [] : [role.replace(/^arn:.*?:role\//, "")];
