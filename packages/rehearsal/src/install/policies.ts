import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { LocalAws } from "@lockmaster/local-aws";
import { namesOf } from "@lockmaster/installation/topology/names.ts";
import {
  environmentRole,
  functionRole,
  type InstallationRole,
  policiesOf,
} from "@lockmaster/installation/permissions/installation-roles.ts";
import { environmentRolesOf } from "@lockmaster/installation/permissions/policy.ts";
import { functionNames } from "@lockmaster/installation/topology/topology.ts";

/**
 * Attaches the policies of a deployment to each function's role and to the roles of environments in other accounts.
 *
 * @throws InvalidInputError CONFIGURATION_INVALID when IAM has no room for them
 */
export function attachPolicies(aws: LocalAws, prefix: string, configuration: Configuration): void {
  const { region, accountId } = aws;
  const scope = { partition: "aws", region, account: accountId, prefix, configuration };
  const attach = (arn: string, role: InstallationRole) => {
    const managedQuota = configuration.installation.policiesPerRole;
    aws.attachPolicies(arn, { ...policiesOf(role, configuration), managedQuota });
  };
  for (const name of functionNames) {
    attach(`arn:aws:iam::${accountId}:role/${namesOf(prefix).function(name)}`, functionRole(name, scope));
  }
  for (const role of environmentRolesOf(configuration)) attach(role, environmentRole(role, scope));
}
