/** ARNs of the resources that permissions name, from the installation's account and region and its configuration. */
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import { taskDefinitionsOf } from "@lockmaster/core/config/task-definitions.ts";
import { buildProjectName, checkProjectName } from "@lockmaster/core/lib/names.ts";
import { buildLogGroup } from "./build-arns.ts";
import { arnsOf, namesOf, type InstallationSite } from "../topology/names.ts";
import type { Resource } from "./permission.ts";

/** An installation and its configuration. */
export type Scope = InstallationSite & {
  configuration: Configuration;
};

/** An environment with its account and region. */
export type Located = { environment: EnvironmentConfiguration; site: InstallationSite };

export function locatedOf(scope: Scope): Located[] {
  return Object.values(scope.configuration.repositories).flatMap(({ environments }) =>
    Object.values(environments).map((environment) => ({ environment, site: siteOf(environment, scope) })),
  );
}

function siteOf({ account }: EnvironmentConfiguration, home: InstallationSite): InstallationSite {
  if (account === undefined) return home;
  // `arn:aws:iam::111122223333:role/name`
  const [, partition = home.partition, , , owner = home.account] = account.role.split(":");
  return { ...home, partition, account: owner, region: account.region ?? home.region };
}

/** ARNs of a permission's resource. @param concerned environments that the permission is for */
export function arnsOfResource(resource: Resource, scope: Scope, concerned: readonly Located[]): readonly string[] {
  return arnsOfResources[resource](scope, concerned);
}

const arnsOfResources: Readonly<Record<Resource, (scope: Scope, concerned: readonly Located[]) => readonly string[]>> =
  {
    ledger: (scope) => [arnsOf(scope).ledgerTable],
    stateMachine: (scope) => [arnsOf(scope).stateMachine],
    executions: (scope) => [arnIn(scope)("states", `execution:${namesOf(scope.prefix).stateMachine}:*`)],
    webhookSecret: (scope) => [arnsOf(scope).webhookSecret],
    githubCredentials: (scope) => [arnsOf(scope).githubCredentials],
    buildProjects: (scope) => projects(scope, buildProjectName),
    checkProjects: (scope) => projects(scope, checkProjectName),
    buildLogs: (scope) =>
      [...projectNames(scope, buildProjectName), ...projectNames(scope, checkProjectName)].map((project) =>
        arnIn(scope)("logs", `log-group:${buildLogGroup(project)}:log-stream:*`),
      ),
    imageRepositories: (scope) =>
      Object.values(scope.configuration.repositories)
        .flatMap(({ images }) => Object.values(images))
        .map(({ repository }) => arnIn(scope)("ecr", `repository/${repository}`)),
    eventBus: (scope) => [arnIn(scope)("events", "event-bus/default")],
    clusters: (_, concerned) =>
      concerned.map(({ environment, site }) => arnIn(site)("ecs", `cluster/${environment.cluster}`)),
    services: (_, concerned) => ofServices(concerned, (name) => `service/${name}`),
    serviceDeployments: (_, concerned) => ofServices(concerned, (name) => `service-deployment/${name}/*`),
    serviceRevisions: (_, concerned) => ofServices(concerned, (name) => `service-revision/${name}/*`),
    tasks: (_, concerned) =>
      concerned.map(({ environment, site }) => arnIn(site)("ecs", `task/${environment.cluster}/*`)),
    taskDefinitionFamilies: (_, concerned) =>
      named(concerned, "families", (site, family) => arnIn(site)("ecs", `task-definition/${family}`)),
    taskDefinitions: (_, concerned) =>
      named(concerned, "families", (site, family) => arnIn(site)("ecs", `task-definition/${family}:*`)),
    taskRoles: (_, concerned) =>
      named(concerned, "roles", ({ partition, account }, role) => `arn:${partition}:iam::${account}:role/${role}`),
    containerLogs: (_, concerned) =>
      named(concerned, "logGroups", (site, group) => arnIn(site)("logs", `log-group:${group}:log-stream:*`)),
    environmentRoles: (_, concerned) => concerned.flatMap(({ environment }) => environment.account?.role ?? []),
  };

type ProjectName = (prefix: string, repository: string) => string;

function projectNames(scope: Scope, nameOf: ProjectName): readonly string[] {
  const { buildProjectPrefix } = namesOf(scope.prefix);
  return Object.keys(scope.configuration.repositories).map((repository) => nameOf(buildProjectPrefix, repository));
}

const projects = (scope: Scope, nameOf: ProjectName): readonly string[] =>
  projectNames(scope, nameOf).map((project) => arnIn(scope)("codebuild", `project/${project}`));

/** @param resourceOf makes the ARN's part after the account, from `cluster/service` */
function ofServices(concerned: readonly Located[], resourceOf: (name: string) => string): readonly string[] {
  return concerned.flatMap(({ environment: { cluster, services }, site }) =>
    Object.values(services).map(({ service }) => arnIn(site)("ecs", resourceOf(`${cluster}/${service}`))),
  );
}

function named(
  concerned: readonly Located[],
  what: keyof ReturnType<typeof taskDefinitionsOf>,
  arnOf: (site: InstallationSite, name: string) => string,
): readonly string[] {
  return concerned.flatMap(({ environment, site }) =>
    taskDefinitionsOf(environment)[what].map((name) => arnOf(site, name)),
  );
}

/** Makes ARNs of an account and region. */
export const arnIn =
  ({ partition, region, account }: InstallationSite) =>
  (service: string, resource: string) =>
    `arn:${partition}:${service}:${region}:${account}:${resource}`;
