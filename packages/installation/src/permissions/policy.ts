/** Permissions as IAM states them: strings only, computed from where the installation is and what its configuration names. */
import { buildMachines } from "@lockmaster/core/build/build-machine.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import type { Condition, EnvironmentSelection, Permission, Resource } from "./permission.ts";
import { arnIn, arnsOfResource, type Located, locatedOf, type Scope } from "./resource-arns.ts";

/** One statement of an IAM policy. */
export type Statement = {
  Effect: "Allow";
  Action: readonly string[];
  Resource: "*" | readonly string[];
  Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
};

/** A permission, with the ARNs of everything that it is given on. */
export type Resolved = {
  permission: Permission;
  /** By what policies call it; none for a permission on everything. */
  resources: readonly { resource: Resource; arns: readonly string[] }[];
  condition?: NonNullable<Statement["Condition"]>;
};

/**
 * A function's statements. What is for no environment, or on nothing, is left out.
 *
 * @param permissions those of the function
 * @throws Error when they do not fit into a role's policy
 */
export function statementsOf(permissions: readonly Permission[], scope: Scope): Statement[] {
  return fitting(scope, (one) => asStatements(resolve(permissions, one)));
}

/**
 * Statements of a role that functions assume, for the environments that name it: whatever functions do there.
 *
 * @param permissions those of all functions
 * @param role ARN
 */
export function environmentRoleStatements(permissions: readonly Permission[], scope: Scope, role: string): Statement[] {
  return fitting(scope, (one) => asStatements(resolveForRole(permissions, one, role)));
}

/** Permissions of a function, with their ARNs, as far as they come to anything. */
export function resolve(permissions: readonly Permission[], scope: Scope): Resolved[] {
  const located = locatedOf(scope);
  return permissions.flatMap((permission) => {
    const assumes = permission.on !== "*" && permission.on.includes("environmentRoles");
    const concerned = located.filter(
      ({ environment }) =>
        (environment.account !== undefined) === assumes && isSelected(environment, permission.environments),
    );
    return resolveOne(permission, scope, concerned);
  });
}

/** The same of a role that functions assume. */
export function resolveForRole(permissions: readonly Permission[], scope: Scope, role: string): Resolved[] {
  const located = locatedOf(scope).filter(({ environment }) => environment.account?.role === role);
  return permissions.flatMap((permission) => {
    if (permission.environments === undefined || permission.actions.includes("sts:AssumeRole")) return [];
    const concerned = located.filter(({ environment }) => isSelected(environment, permission.environments));
    return resolveOne(permission, scope, concerned);
  });
}

/** ARNs of the roles that the configuration's environments are reached by. */
export function environmentRolesOf({ repositories }: Configuration): string[] {
  const environments = Object.values(repositories).flatMap((repository) => Object.values(repository.environments));
  return [...new Set(environments.flatMap(({ account }) => account?.role ?? []))];
}

function resolveOne(permission: Permission, scope: Scope, concerned: readonly Located[]): Resolved[] {
  if (permission.environments !== undefined && concerned.length === 0) return [];
  const condition = permission.when && conditionOf(permission.when, scope, concerned);
  const resources =
    permission.on === "*"
      ? []
      : permission.on.map((resource) => ({ resource, arns: unique(arnsOfResource(resource, scope, concerned)) }));
  if (permission.on !== "*" && resources.every(({ arns }) => arns.length === 0)) return [];
  return [{ permission, resources, ...(condition !== undefined && { condition }) }];
}

function isSelected(environment: EnvironmentConfiguration, selection: EnvironmentSelection | undefined): boolean {
  const { tasks, health } = environment;
  switch (selection) {
    case "with tasks":
      return tasks.before.length + tasks.after.length > 0;
    case "with alarms":
      return health.alarms.length > 0;
    case "all":
    case undefined:
      return true;
  }
}

function conditionOf(
  condition: Condition,
  scope: Scope,
  concerned: readonly Located[],
): NonNullable<Statement["Condition"]> {
  switch (condition) {
    case "cluster of an environment": {
      const clusters = concerned.map(({ environment, place }) => arnIn(place)("ecs", `cluster/${environment.cluster}`));
      return { ArnEquals: { "ecs:cluster": unique(clusters) } };
    }
    case "passed to ECS tasks":
      return { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } };
    case "tagged when registered":
      return { StringEquals: { "ecs:CreateAction": "RegisterTaskDefinition" } };
    case "events of Lockmaster":
      return { StringEquals: { "events:source": "lockmaster" } };
    case "nothing of the project overridden":
      // A key is there when a request asks for another value than the project's:
      // docs.aws.amazon.com/codebuild/latest/userguide/action-context-keys.html
      return {
        Null: Object.fromEntries(notOverridden.map((key) => [`codebuild:${key}`, "true"])),
        // The one machine that builds ask for in place of their project's.
        StringEqualsIfExists: { "codebuild:environment.image": buildMachines["linux/amd64"].image },
      };
  }
}

/** What would let a build do other things than the project's, or do them as somebody else. */
const notOverridden = ["source.buildspec", "source.location", "environment.privilegedMode", "serviceRole"];

/**
 * Characters of all inline policies of a role, white space aside, less what Lambda itself needs:
 * docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const longestPolicy = 10_240 - 640;

/** Names everything one by one, as long as that fits into a role's policy. @throws Error when nothing does */
function fitting(scope: Scope, make: (scope: Scope) => Statement[]): Statement[] {
  const exact = make(scope);
  if (JSON.stringify(exact).length <= longestPolicy) return exact;
  const grouped = make({ ...scope, grouped: true });
  const length = JSON.stringify(grouped).length;
  if (length <= longestPolicy) return grouped;
  throw new Error(
    `A role's policy would have ${length} characters, and may have ${longestPolicy}: give families, roles and log groups of an environment names that begin alike, or name them by taskDefinitions with an asterisk.`,
  );
}

/** Those on the same resources under the same conditions become one. */
function asStatements(resolved: readonly Resolved[]): Statement[] {
  const actions = new Map<string, { statement: Omit<Statement, "Action">; actions: string[] }>();
  for (const { permission, resources, condition } of resolved) {
    const statement = {
      Effect: "Allow" as const,
      Resource: permission.on === "*" ? ("*" as const) : unique(resources.flatMap(({ arns }) => arns)),
      ...(condition !== undefined && { Condition: condition }),
    };
    const key = JSON.stringify(statement);
    const known = actions.get(key) ?? { statement, actions: [] };
    actions.set(key, { statement, actions: [...known.actions, ...permission.actions] });
  }
  return [...actions.values()].map(({ statement: { Effect, ...rest }, actions: all }) => ({
    Effect,
    Action: unique(all),
    ...rest,
  }));
}

const unique = (items: readonly string[]): string[] => [...new Set(items)];
