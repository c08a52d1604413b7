/** Whether what services use is within the permissions that follow from their environment's configuration. */
import type { EnvironmentConfiguration } from "./schema.ts";
import { taskDefinitionsOf, type TaskDefinitionNames } from "./task-definitions.ts";

const fields = ["families", "roles", "logGroups"] as const satisfies (keyof TaskDefinitionNames)[];

/** A field of `taskDefinitions` that leaves something out. */
export type Gap = {
  field: keyof TaskDefinitionNames;
  missing: readonly { service: string; name: string }[];
  /** What the field has to say, in full: setting it replaces what is expected otherwise. */
  wanted: readonly string[];
};

/**
 * What an environment's configuration leaves out of what its services use.
 *
 * @param uses by service, under a name that the reader of the gaps knows
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
    return [{ field, missing, wanted: [...new Set([...kept, ...missing.map(({ name }) => name)])] }];
  });
}

/** Whether a name is among them, or begins as one that ends in an asterisk does: as IAM compares the ARNs of both. */
export function isCovered(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
}

const uses = { families: "is of the family", roles: "names the role", logGroups: "writes to the log group" } as const;

/** Which service uses what is left out. */
export function describeGaps(gaps: readonly Gap[]): string {
  return gaps
    .flatMap(({ field, missing }) => missing.map(({ service, name }) => `${service} ${uses[field]} ${name}`))
    .join("; ");
}

/** What to write into the configuration. @param environment as the configuration calls it */
export function closingGaps(environment: string, gaps: readonly Gap[]): string {
  return gaps
    .map(
      ({ field, wanted }) =>
        `environments.${environment}.taskDefinitions.${field}: [${wanted.map((name) => `"${name}"`).join(", ")}]`,
    )
    .join(" and ");
}
