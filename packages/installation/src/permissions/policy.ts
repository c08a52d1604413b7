/** IAM statements, computed from permissions, the installation's account and region, and its configuration. */
import { buildMachines } from "@lockmaster/core/build/build-machine.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import { partitionCondition } from "./partitions.ts";
import type { Condition, EnvironmentSelection, Permission, Resource } from "./permission.ts";
import { arnIn, arnsOfResource, type Located, locatedOf, type Scope } from "./resource-arns.ts";

/** One statement of an IAM policy. */
export type Statement = {
  Effect: "Allow";
  Action: readonly string[];
  Resource: "*" | readonly string[];
  Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
};

/** A permission with the ARNs of its resources. */
export type Resolved = {
  permission: Permission;
  /** By resource; empty for a permission on `*`. */
  resources: readonly { resource: Resource; arns: readonly string[] }[];
  condition?: NonNullable<Statement["Condition"]>;
};

/**
 * A function's statements, without permissions that apply to no environment or no resource. `role-policies.ts` distributes them over
 * the policies of its role.
 *
 * @param permissions those of the function
 */
export function statementsOf(permissions: readonly Permission[], scope: Scope): Statement[] {
  return asStatements(resolve(permissions, scope));
}

/**
 * Statements of the role that functions assume in the environments that name it: the permissions of all functions there.
 *
 * @param permissions those of all functions
 * @param role ARN
 */
export function environmentRoleStatements(permissions: readonly Permission[], scope: Scope, role: string): Statement[] {
  return asStatements(resolveForRole(permissions, scope, role));
}

/** A function's permissions with their ARNs, without those that apply to nothing. */
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

/** The same for a role that functions assume. */
export function resolveForRole(permissions: readonly Permission[], scope: Scope, role: string): Resolved[] {
  const located = locatedOf(scope).filter(({ environment }) => environment.account?.role === role);
  return permissions.flatMap((permission) => {
    if (permission.environments === undefined || permission.actions.includes("sts:AssumeRole")) return [];
    const concerned = located.filter(({ environment }) => isSelected(environment, permission.environments));
    return resolveOne(permission, scope, concerned);
  });
}

/** ARNs of the roles that functions assume for the configuration's environments. */
export function environmentRolesOf({ repositories }: Configuration): string[] {
  const environments = Object.values(repositories).flatMap((repository) => Object.values(repository.environments));
  return [...new Set(environments.flatMap(({ account }) => account?.role ?? []))];
}

function resolveOne(permission: Permission, scope: Scope, concerned: readonly Located[]): Resolved[] {
  if (permission.environments !== undefined && concerned.length === 0) return [];
  // An environment's task definitions run in its own cluster alone, not in those of the others.
  if (permission.when === "cluster of an environment" && permission.on !== "*") {
    return byCluster(concerned).flatMap((ofOne) => resolveTogether(permission, scope, ofOne));
  }
  return resolveTogether(permission, scope, concerned);
}

function byCluster(concerned: readonly Located[]): Located[][] {
  const clusters = new Map<string, Located[]>();
  for (const located of concerned) {
    const cluster = clusterOf(located);
    clusters.set(cluster, [...(clusters.get(cluster) ?? []), located]);
  }
  return [...clusters.values()];
}

const clusterOf = ({ environment, site }: Located): string => arnIn(site)("ecs", `cluster/${environment.cluster}`);

function resolveTogether(permission: Permission, scope: Scope, concerned: readonly Located[]): Resolved[] {
  const condition =
    permission.partition === undefined
      ? permission.when && conditionOf(permission.when, concerned)
      : partitionCondition(permission.partition);
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

function conditionOf(condition: Condition, concerned: readonly Located[]): NonNullable<Statement["Condition"]> {
  switch (condition) {
    case "cluster of an environment":
      return { ArnEquals: { "ecs:cluster": unique(concerned.map(clusterOf)) } };
    case "passed to ECS tasks":
      return { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } };
    case "tagged when registered":
      return { StringEquals: { "ecs:CreateAction": "RegisterTaskDefinition" } };
    case "events of Lockmaster":
      return { StringEquals: { "events:source": "lockmaster" } };
    case "nothing of the project overridden":
      // A request has the key if it overrides the project's value:
      // docs.aws.amazon.com/codebuild/latest/userguide/action-context-keys.html
      return {
        Null: Object.fromEntries(notOverridden.map((key) => [`codebuild:${key}`, "true"])),
        // Builds request the image of their platform in place of their project's.
        StringEqualsIfExists: { "codebuild:environment.image": Object.values(buildMachines).map(({ image }) => image) },
      };
  }
}

/** Overrides that would let a build run other commands or use another role. */
const notOverridden = ["source.buildspec", "source.location", "environment.privilegedMode", "serviceRole"];

function asStatements(resolved: readonly Resolved[]): Statement[] {
  return mergeStatements(
    resolved.map(({ permission, resources, condition }) => ({
      Effect: "Allow",
      Action: permission.actions,
      Resource: permission.on === "*" ? "*" : withoutCovered(unique(resources.flatMap(({ arns }) => arns))),
      ...(condition !== undefined && { Condition: condition }),
    })),
  );
}

/** Merges statements with the same resources and conditions. */
export function mergeStatements(statements: readonly Statement[]): Statement[] {
  const merged = new Map<string, Statement>();
  for (const { Action, ...rest } of statements) {
    const key = JSON.stringify(rest);
    const { Effect, ...more } = rest;
    merged.set(key, { Effect, Action: unique([...(merged.get(key)?.Action ?? []), ...Action]), ...more });
  }
  return [...merged.values()];
}

/** Without `name*:*` where `name*` allows it already: every character counts in a policy. */
const withoutCovered = (arns: readonly string[]): string[] =>
  arns.filter((arn) => !(arn.endsWith("*:*") && arns.includes(arn.slice(0, -2))));

const unique = (items: readonly string[]): string[] => [...new Set(items)];
