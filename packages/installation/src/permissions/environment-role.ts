/** The role that functions assume in an environment of another account or region; a platform engineer creates it there. */
import { namesOf } from "../topology/names.ts";
import { environmentRole, policiesOf } from "./installation-roles.ts";
import { permissions } from "./permissions.ts";
import { resolve, type Statement } from "./policy.ts";
import type { Scope } from "./resource-arns.ts";
import { functionNames } from "../topology/topology.ts";

/** Trusts the roles of the functions by a condition on their names: a principal cannot be named before it exists. */
export function environmentRoleTrust(scope: Scope, role: string): object {
  const { partition, account, prefix } = scope;
  const names = namesOf(prefix);
  const assuming = functionNames.filter((name) =>
    resolve(permissions[name], scope).some(({ resources }) =>
      resources.some(({ resource, arns }) => resource === "environmentRoles" && arns.includes(role)),
    ),
  );
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:${partition}:iam::${account}:root` },
        Action: "sts:AssumeRole",
        Condition: {
          ArnEquals: {
            "aws:PrincipalArn": assuming.map((name) => `arn:${partition}:iam::${account}:role/${names.function(name)}`),
          },
        },
      },
    ],
  };
}

/** A policy that a platform engineer attaches to the role. */
export type ManagedPolicy = { name: string; policy: object };

/**
 * Its permissions on the environments that name it.
 *
 * @returns the inline policy, and the managed policies to attach beside it when that cannot hold everything
 * @throws InvalidInputError CONFIGURATION_INVALID if they do not fit into IAM's quotas
 */
export function environmentRolePolicies(scope: Scope, role: string): { policy: object; managed: ManagedPolicy[] } {
  const { inline, managed } = policiesOf(environmentRole(role, scope), scope.configuration);
  const document = (statements: readonly Statement[]) => ({ Version: "2012-10-17", Statement: statements });
  const name = role.slice(role.lastIndexOf("/") + 1);
  return {
    policy: document(inline),
    managed: managed.map((statements, index) => ({ name: `${name}-${index + 1}`, policy: document(statements) })),
  };
}
