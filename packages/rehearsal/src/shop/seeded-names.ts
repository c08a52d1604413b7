import { isCovered } from "@lockmaster/core/config/coverage.ts";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import { taskDefinitionsOf } from "@lockmaster/core/config/task-definitions.ts";

/** Family, roles and log group of a service's task definition before the first release. */
export type SeededNames = {
  family: string;
  /** With its path. */
  executionRole: string;
  /** Absent when the configuration covers no role that could be one: not every service has one. */
  taskRole?: string;
  logGroup: string;
};

/**
 * Names for each service of an environment, by its key, so that the configuration covers them: the usual names, or else those
 * that `taskDefinitions` lists. What is listed belongs to the service whose name it contains.
 */
export function seededNames(environment: EnvironmentConfiguration): ReadonlyMap<string, SeededNames> {
  const allowed = taskDefinitionsOf(environment);
  const services = Object.entries(environment.services);
  const templates = new Set(services.flatMap(([, { template }]) => template ?? []));
  const families = [...allowed.families].toSorted((a, b) => Number(templates.has(a)) - Number(templates.has(b)));
  const taken = new Set<string>();
  const named = services.map(([key, { service }]) => {
    const usual = `${environment.cluster}-${service}`;
    const family = choose(families, usual, [service, key], taken) ?? usual;
    taken.add(family);
    return [key, service, usual, family] as const;
  });
  return new Map(
    named.map(([key, service, usual, family]) => {
      // Fargate requires an execution role: without a covered one, the release says which setting lacks it.
      const executionRole =
        chooseRole(allowed.roles, "execution", [family, usual], [service, key]) ?? `${family}-execution`;
      const others = allowed.roles.filter((role) => role !== executionRole);
      const taskRole = chooseRole(others, "task", [family, usual], [service, key]);
      return [
        key,
        {
          family,
          executionRole,
          ...(taskRole !== undefined && { taskRole }),
          logGroup: choose(allowed.logGroups, `/ecs/${family}`, [service, key], new Set()) ?? `/ecs/${family}`,
        },
      ];
    }),
  );
}

/**
 * A name that the patterns cover: the usual one, one that contains a name of the service, or any that is not taken yet. The last
 * resort is a name that another service has, too.
 */
function choose(
  patterns: readonly string[],
  usual: string,
  names: readonly string[],
  taken: ReadonlySet<string>,
): string | undefined {
  if (isCovered(patterns, usual) && !taken.has(usual)) return usual;
  const [name = ""] = names;
  const exact = patterns.filter((pattern) => !pattern.endsWith("*"));
  const open = patterns.filter((pattern) => pattern.endsWith("*")).map((pattern) => completed(pattern, name));
  const own = exact.filter((pattern) => names.some((part) => pattern.includes(part)));
  const candidates = [...own.toSorted((a, b) => a.length - b.length), ...open, ...exact];
  return candidates.find((candidate) => !taken.has(candidate)) ?? candidates[0];
}

/** How people name roles: `ecsTaskExecutionRole`, `shop-api-task`. */
const words = { execution: /exec|start|pull/i, task: /task|app|run/i } as const;

function chooseRole(
  patterns: readonly string[],
  kind: "execution" | "task",
  families: readonly string[],
  names: readonly string[],
): string | undefined {
  const usual = families.map((family) => `${family}-${kind}`).find((role) => isCovered(patterns, role));
  if (usual !== undefined) return usual;
  const exact = patterns.filter((pattern) => !pattern.endsWith("*"));
  const isOfKind = (role: string): boolean => words[kind].test(role);
  const isOwn = (role: string): boolean => names.some((part) => role.includes(part));
  const [name = ""] = names;
  const open = patterns
    .filter((pattern) => pattern.endsWith("*"))
    .map((pattern) => completed(pattern, `${name}-${kind}`));
  return [
    ...exact.filter((role) => isOfKind(role) && isOwn(role)),
    ...exact.filter(isOfKind),
    ...open,
    // A service without a role of its own is usual, and one without an execution role is not possible on Fargate.
    ...(kind === "execution" ? exact : []),
  ][0];
}

/** `shop-*` → `shop-web`; a pattern that ends within the name is not doubled: `shop-web*` → `shop-web`. */
function completed(pattern: string, name: string): string {
  const beginning = pattern.slice(0, -1);
  if (beginning.endsWith(name)) return beginning;
  return `${beginning}${name}`;
}
