/** The role that functions assume in an environment of another account or region; a platform engineer creates it there. */
import { namesOf } from "../topology/names.ts";
import { permissions } from "./permissions.ts";
import { environmentRoleStatements, resolve } from "./policy.ts";
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

/** Its permissions on the environments that name it. @throws Error if they do not fit into a role's policy */
export function environmentRolePolicy(scope: Scope, role: string): object {
  return {
    Version: "2012-10-17",
    Statement: environmentRoleStatements(Object.values(permissions).flat(), scope, role),
  };
}
