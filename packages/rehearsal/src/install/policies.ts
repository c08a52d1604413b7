import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { LocalAws } from "@lockmaster/local-aws";
import { namesOf } from "@lockmaster/installation/topology/names.ts";
import { permissions } from "@lockmaster/installation/permissions/permissions.ts";
import {
  environmentRolesOf,
  environmentRoleStatements,
  statementsOf,
} from "@lockmaster/installation/permissions/policy.ts";
import { functionNames } from "@lockmaster/installation/topology/topology.ts";

/** Attaches the policies of a deployment to each function's role and to the roles of environments in other accounts. */
export function attachPolicies(aws: LocalAws, prefix: string, configuration: Configuration): void {
  const { region, accountId } = aws;
  const scope = { partition: "aws", region, account: accountId, prefix, configuration };
  const names = namesOf(prefix);
  for (const name of functionNames) {
    aws.attachPolicy(`arn:aws:iam::${accountId}:role/${names.function(name)}`, statementsOf(permissions[name], scope));
  }
  const all = Object.values(permissions).flat();
  for (const role of environmentRolesOf(configuration)) {
    aws.attachPolicy(role, environmentRoleStatements(all, scope, role));
  }
}
