import type { Installation } from "@lockmaster/core/config/installation.ts";
import type { Statement } from "@lockmaster/installation/permissions/policy.ts";

type RoleDescription = {
  /** Physical name. */
  name: string;
  /** The only principal that may assume it, as in `lambda.amazonaws.com`. */
  service: string;
  /** When that principal may, for services that tell on whose behalf they act. */
  trustCondition?: Statement["Condition"];
  /**
   * What it may do. Unless that is nothing, what somebody else adds inline is a difference: found by `sst refresh`, and taken away
   * by the deployment after it.
   */
  statements: $util.Input<readonly Statement[]>;
};

/** A role that one service of AWS assumes, with its policy inline and within the installation's permissions boundary. */
export function serviceRole(
  logicalName: string,
  installation: Installation,
  { name, service, trustCondition, statements }: RoleDescription,
): aws.iam.Role {
  return new aws.iam.Role(logicalName, {
    name,
    assumeRolePolicy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Principal: { Service: service },
          ...(trustCondition !== undefined && { Condition: trustCondition }),
        },
      ],
    }),
    // Deprecated by the provider in favour of a resource for each policy. But so the role is there only when its policy is, for
    // whoever waits for the role, and both are one thing to compare.
    inlinePolicies: isNothing(statements)
      ? []
      : [{ name: "lockmaster", policy: $jsonStringify({ Version: "2012-10-17", Statement: statements }) }],
    permissionsBoundary: installation.permissionsBoundary,
  });
}

/** IAM refuses a policy without statements. */
const isNothing = (statements: RoleDescription["statements"]): boolean =>
  Array.isArray(statements) && statements.length === 0;
