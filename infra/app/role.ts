import type { Installation } from "@lockmaster/core/config/installation.ts";
import type { Statement } from "@lockmaster/installation/permissions/policy.ts";

type RoleDescription = {
  /** Physical name. */
  name: string;
  /** The only principal that can assume it, for example `lambda.amazonaws.com`. */
  service: string;
  /** Condition of the trust policy, for services that name the resource on whose behalf they act. */
  trustCondition?: Statement["Condition"];
  /**
   * Its permissions. Unless there are none, `sst refresh` detects inline policies that were added by hand, and the next deployment
   * removes them.
   */
  statements: $util.Input<readonly Statement[]>;
};

/** A role for one AWS service, with an inline policy and the installation's permissions boundary. */
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
    // The provider deprecates this in favour of one resource per policy. But this way the role never exists without its policy for
    // resources that depend on it, and both are compared as one.
    inlinePolicies: isNothing(statements)
      ? []
      : [{ name: "lockmaster", policy: $jsonStringify({ Version: "2012-10-17", Statement: statements }) }],
    permissionsBoundary: installation.permissionsBoundary,
  });
}

/** IAM refuses a policy without statements. */
const isNothing = (statements: RoleDescription["statements"]): boolean =>
  Array.isArray(statements) && statements.length === 0;
