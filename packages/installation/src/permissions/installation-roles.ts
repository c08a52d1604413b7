/** The roles whose policies grow with the configuration, each with its statements and how they are distributed. */
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { InvalidInputError } from "@lockmaster/core/lib/errors.ts";
import { buildProjectName, checkProjectName } from "@lockmaster/core/lib/names.ts";
import type { BuildKind } from "../builds/build-kind.ts";
import { namesOf, type InstallationSite } from "../topology/names.ts";
import { functionNames, type FunctionName } from "../topology/topology.ts";
import { buildStatements } from "./build-permissions.ts";
import { permissions } from "./permissions.ts";
import { environmentRolesOf, environmentRoleStatements, type Statement, statementsOf } from "./policy.ts";
import type { Scope } from "./resource-arns.ts";
import { type RolePolicies, type RoleSize, roleQuotas, splitOverPolicies } from "./role-policies.ts";
import { lambdaStatements } from "./service-statements.ts";

/** A role of an installation, or one that it assumes. */
export type InstallationRole = {
  /** Its name; the ARN of a role that the installation does not create. */
  name: string;
  statements: readonly Statement[];
  /** What makes its policies shorter. */
  remedy: string;
};

/** The role of a function. */
export function functionRole(name: FunctionName, scope: Scope): InstallationRole {
  const functionName = namesOf(scope.prefix).function(name);
  return {
    name: functionName,
    statements: [...lambdaStatements(scope, functionName), ...statementsOf(permissions[name], scope)],
    remedy:
      "give environments a role of their own (account.role, which may be in the same account), or move repositories to a further installation in another account",
  };
}

/** The role that functions assume in an environment. @param role ARN */
export const environmentRole = (role: string, scope: Scope): InstallationRole => ({
  name: role,
  statements: environmentRoleStatements(Object.values(permissions).flat(), scope, role),
  remedy: "let fewer environments share this role: give each its own account.role",
});

const projectNames = { build: buildProjectName, check: checkProjectName } as const;

/** The role of a repository's builds or checks. @param repository `owner/name` on GitHub */
export function buildRole(kind: BuildKind, repository: string, { configuration, ...site }: Scope): InstallationRole {
  const project = projectNames[kind](namesOf(site.prefix).buildProjectPrefix, repository);
  const connection = configuration.installation.connection ?? unknownConnection(site);
  return {
    // A role's name has at most 64 characters, a project's 150: the project's hash makes the role's name unique as well.
    name: `${site.prefix}-${kind}-${project.slice(project.lastIndexOf("-") + 1)}`,
    statements: buildStatements(kind, { site, configuration, repository, project, connection }),
    remedy: `name fewer or shorter images, or fewer bases, pullThroughCaches and logins in installation.builds.repositories["${repository}"]`,
  };
}

/** Stands for a connection that the deployment creates; as long as its ARN. */
export const unknownConnection = ({ partition, region, account }: InstallationSite): string =>
  `arn:${partition}:codeconnections:${region}:${account}:connection/00000000-0000-0000-0000-000000000000`;

/** All of these roles. */
export function installationRoles(scope: Scope): InstallationRole[] {
  const { configuration } = scope;
  return [
    ...functionNames.map((name) => functionRole(name, scope)),
    ...environmentRolesOf(configuration).map((role) => environmentRole(role, scope)),
    ...Object.keys(configuration.repositories).flatMap((repository) => [
      buildRole("build", repository, scope),
      buildRole("check", repository, scope),
    ]),
  ];
}

/** A role with the size of its policies. */
export type SizedRole = InstallationRole & { size: RoleSize };

/** The sizes of all of these roles. */
export const sizesOfRoles = (scope: Scope): SizedRole[] =>
  installationRoles(scope).map((role) => ({ ...role, size: sizeIn(scope.configuration, role) }));

const sizeIn = ({ installation }: Configuration, { statements }: InstallationRole): RoleSize =>
  splitOverPolicies(statements, installation.policiesPerRole);

/**
 * Before anything is deployed: IAM would refuse a role's policies only in the middle of the deployment.
 *
 * @throws InvalidInputError CONFIGURATION_INVALID that lists every role without room, with its size and what to change
 */
export function requireRoom(scope: Scope): void {
  const tooLarge = sizesOfRoles(scope).filter(({ size }) => size.policies === undefined);
  if (tooLarge.length > 0) throw withoutRoom(tooLarge, scope.configuration);
}

/**
 * The policies of a role.
 *
 * @throws InvalidInputError CONFIGURATION_INVALID when IAM has no room for them
 */
export function policiesOf(role: InstallationRole, configuration: Configuration): RolePolicies {
  const size = sizeIn(configuration, role);
  if (size.policies === undefined) throw withoutRoom([{ ...role, size }], configuration);
  return size.policies;
}

/** Long lists are cut: an installation that is too large by far exceeds the quota in every role. */
const shown = 20;

function withoutRoom(roles: readonly SizedRole[], { installation }: Configuration): InvalidInputError {
  const { usual, most } = roleQuotas.managedPolicies;
  const lines = roles
    .slice(0, shown)
    .map(
      ({ name, size, remedy }) =>
        `\n  ${name}: ${size.characters} characters, and IAM has room for ${size.capacity}: ${remedy}`,
    );
  const rest = roles.length > shown ? `\n  and ${roles.length - shown} more roles` : "";
  const raise =
    installation.policiesPerRole < most
      ? `\nA role has its inline policy and ${installation.policiesPerRole} managed policies. If the account's quota "Managed policies per role" is above ${usual}, set installation.policiesPerRole to it, at most ${most}.`
      : "";
  return new InvalidInputError(
    `the policies of ${roles.length === 1 ? "a role" : `${roles.length} roles`} do not fit into IAM's quotas, and nothing is widened to make them fit:${lines.join("")}${rest}${raise}`,
    { code: "CONFIGURATION_INVALID" },
  );
}
