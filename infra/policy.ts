/** Permissions as IAM states them: strings only, computed from where the installation is and what its configuration names. */
import { buildMachines } from "@lockmaster/core/build/build-machine.ts";
import type { Configuration, EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import { taskDefinitionsOf } from "@lockmaster/core/config/task-definitions.ts";
import { buildProjectName, checkProjectName } from "@lockmaster/core/names.ts";
import { arnsOf, namesOf, type Place } from "./names.ts";
import type { Condition, EnvironmentSelection, Permission, Resource } from "./permission.ts";

/** Where an installation is, and for which environments and images. */
export type Scope = Place & { configuration: Configuration };

/** One statement of an IAM policy. */
export type Statement = {
  Effect: "Allow";
  Action: readonly string[];
  Resource: "*" | readonly string[];
  Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
};

/** An environment, with the place that it is in. */
type Located = { environment: EnvironmentConfiguration; place: Place };

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
 */
export function statementsOf(permissions: readonly Permission[], scope: Scope): Statement[] {
  return asStatements(resolve(permissions, scope));
}

/**
 * Statements of a role that functions assume, for the environments that name it: whatever functions do there.
 *
 * @param permissions those of all functions
 * @param role ARN
 */
export function environmentRoleStatements(permissions: readonly Permission[], scope: Scope, role: string): Statement[] {
  return asStatements(resolveForRole(permissions, scope, role));
}

/** Permissions of a function, with their ARNs, as far as they come to anything. */
export function resolve(permissions: readonly Permission[], scope: Scope): Resolved[] {
  const located = locatedOf(scope);
  return permissions.flatMap((permission) => {
    const assumes = "on" in permission && permission.on !== "*" && permission.on.includes("environmentRoles");
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

function locatedOf(scope: Scope): Located[] {
  return Object.values(scope.configuration.repositories).flatMap(({ environments }) =>
    Object.values(environments).map((environment) => ({ environment, place: placeOf(environment, scope) })),
  );
}

function placeOf({ account }: EnvironmentConfiguration, home: Place): Place {
  if (account === undefined) return home;
  // `arn:aws:iam::111122223333:role/name`
  const [, partition = home.partition, , , owner = home.account] = account.role.split(":");
  return { ...home, partition, account: owner, region: account.region ?? home.region };
}

function arnsOfResource(resource: Resource, scope: Scope, concerned: readonly Located[]): string[] {
  const arns = arnsOf(scope);
  const names = namesOf(scope.prefix);
  const home = arnIn(scope);
  const { repositories } = scope.configuration;
  const project = (nameOf: (prefix: string, repository: string) => string) =>
    Object.keys(repositories).map((name) => home("codebuild", `project/${nameOf(names.buildProjectPrefix, name)}`));
  switch (resource) {
    case "ledger":
      return [arns.ledgerTable];
    case "stateMachine":
      return [arns.stateMachine];
    case "executions":
      return [home("states", `execution:${names.stateMachine}:*`)];
    case "webhookSecret":
      return [arns.webhookSecret];
    case "githubCredentials":
      return [arns.githubCredentials];
    case "buildProjects":
      return project(buildProjectName);
    case "checkProjects":
      return project(checkProjectName);
    case "imageRepositories":
      return Object.values(repositories)
        .flatMap(({ images }) => Object.values(images))
        .map(({ repository }) => home("ecr", `repository/${repository}`));
    case "eventBus":
      return [home("events", "event-bus/default")];
    case "environmentRoles":
      return concerned.flatMap(({ environment }) => environment.account?.role ?? []);
    case "services":
    case "serviceDeployments":
    case "serviceRevisions":
    case "tasks":
    case "taskDefinitions":
    case "taskRoles":
    case "containerLogs":
      return concerned.flatMap((located) => environmentArns(resource, located));
  }
}

function environmentArns(resource: Resource, { environment, place }: Located): string[] {
  const { cluster, services } = environment;
  const arn = arnIn(place);
  const names = Object.values(services).map(({ service }) => service);
  const { families, roles, logGroups } = taskDefinitionsOf(environment);
  switch (resource) {
    case "services":
      return names.map((name) => arn("ecs", `service/${cluster}/${name}`));
    case "serviceDeployments":
      return names.map((name) => arn("ecs", `service-deployment/${cluster}/${name}/*`));
    case "serviceRevisions":
      return names.map((name) => arn("ecs", `service-revision/${cluster}/${name}/*`));
    case "tasks":
      return [arn("ecs", `task/${cluster}/*`)];
    case "taskDefinitions":
      return families.map((family) => arn("ecs", `task-definition/${family}:*`));
    case "taskRoles":
      return roles.map((role) => `arn:${place.partition}:iam::${place.account}:role/${role}`);
    case "containerLogs":
      return logGroups.map((group) => arn("logs", `log-group:${group}:log-stream:*`));
    default:
      return [];
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

const arnIn =
  ({ partition, region, account }: Place) =>
  (service: string, resource: string) =>
    `arn:${partition}:${service}:${region}:${account}:${resource}`;

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
