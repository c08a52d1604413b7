/** Compares what services use with the permissions that Lockmaster derives from the environment's configuration. */
import type { EnvironmentConfiguration } from "./schema.ts";
import { taskDefinitionsOf, type TaskDefinitionNames } from "./task-definitions.ts";

const fields = ["families", "roles", "logGroups"] as const satisfies (keyof TaskDefinitionNames)[];

/** A field of `taskDefinitions` that lacks names that services use. */
export type Gap = {
  field: keyof TaskDefinitionNames;
  missing: readonly { service: string; name: string }[];
  /** The field's complete value: setting the field replaces its default. */
  required: readonly string[];
};

/**
 * Names that an environment's services use and that its configuration lacks.
 *
 * @param uses by service; the key appears in the description of a gap
 */
export function gapsIn(
  environment: Pick<EnvironmentConfiguration, "cluster" | "services" | "taskDefinitions">,
  uses: Readonly<Record<string, Partial<TaskDefinitionNames>>>,
): Gap[] {
  const allowed = taskDefinitionsOf(environment);
  return fields.flatMap((field) => {
    const used = Object.entries(uses).flatMap(([service, names]) =>
      [...new Set(names[field])].map((name) => ({ service, name })),
    );
    const missing = used.filter(({ name }) => !isCovered(allowed[field], name));
    if (missing.length === 0) return [];
    const kept =
      environment.taskDefinitions[field] ??
      allowed[field].filter((pattern) => used.some(({ name }) => isCovered([pattern], name)));
    return [{ field, missing, required: [...new Set([...kept, ...missing.map(({ name }) => name)])] }];
  });
}

/** Whether a name matches one of the patterns, in which a final asterisk stands for any ending, as in ARNs of IAM policies. */
export function isCovered(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
}

const verbs = { families: "has the family", roles: "uses the role", logGroups: "writes to the log group" } as const;

/** The services and the names that they use. */
export function describeGaps(gaps: readonly Gap[]): string {
  return gaps
    .flatMap(({ field, missing }) => missing.map(({ service, name }) => `${service} ${verbs[field]} ${name}`))
    .join("; ");
}

/** The fields to set in the configuration. @param environment its name in the configuration */
export function closingGaps(environment: string, gaps: readonly Gap[]): string {
  return gaps
    .map(
      ({ field, required }) =>
        `environments.${environment}.taskDefinitions.${field}: [${required.map((name) => `"${name}"`).join(", ")}]`,
    )
    .join(" and ");
}
