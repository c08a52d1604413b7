/** Distributes the deployer's statements over the policies of its role, within IAM's limits. */
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { InvalidInputError } from "@lockmaster/core/lib/errors.ts";
import { roleQuotas, sizeOf } from "../permissions/role-policies.ts";
import { imageStatements } from "./images.ts";
import { deployerStatements } from "./policy.ts";
import type { DeployerStatement } from "./statement.ts";
import type { InstallationSite } from "../topology/names.ts";

export type DeployerPolicies = {
  inline: readonly DeployerStatement[];
  /** Statements of the managed policies. */
  managed: readonly (readonly DeployerStatement[])[];
};

/**
 * The deployer's policies. Image repositories are named one by one, so with many of them the statements about them are split over
 * managed policies. Nothing is widened to make it fit.
 *
 * @throws InvalidInputError CONFIGURATION_INVALID when IAM has no room for all names
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export function deployerPolicies(site: InstallationSite, configuration: Configuration): DeployerPolicies {
  const { inlineCharacters } = roleQuotas;
  const { policiesPerRole } = configuration.installation;
  const whole = deployerStatements(site, configuration);
  if (sizeOf(whole) <= inlineCharacters) return { inline: whole, managed: [] };
  const inline = deployerStatements(site, configuration, { splitImages: true });
  const managed = imageStatements(site, configuration).flatMap(split);
  if (sizeOf(inline) > inlineCharacters) {
    throw tooLarge(
      `${sizeOf(inline)} characters, and IAM permits ${inlineCharacters}`,
      "shorten the names of clusters",
    );
  }
  if (managed.length > policiesPerRole) {
    throw tooLarge(
      `${managed.length} policies for image repositories, and IAM permits ${policiesPerRole} for a role`,
      "create some of the repositories yourself and name them in installation.registries.existing, or remove installation.deployer and deploy with other credentials",
    );
  }
  return { inline, managed };
}

function split(statement: DeployerStatement): DeployerStatement[][] {
  const parts: DeployerStatement[] = [];
  let last: DeployerStatement | undefined;
  for (const resource of statement.Resource) {
    const grown: DeployerStatement = { ...statement, Resource: [...(last?.Resource ?? []), resource] };
    if (last !== undefined && sizeOf([grown]) <= roleQuotas.managedCharacters) {
      parts[parts.length - 1] = grown;
      last = grown;
      continue;
    }
    last = { ...statement, Resource: [resource] };
    parts.push(last);
  }
  return parts.map((part) => [part]);
}

const tooLarge = (what: string, remedy: string) =>
  new InvalidInputError(`the policy of the role that deploys Lockmaster needs ${what}: ${remedy}`, {
    code: "CONFIGURATION_INVALID",
  });
