import type { Installation } from "@lockmaster/core/config/installation.ts";
import type { Statement } from "@lockmaster/installation/permissions/policy.ts";
import { documentOf, type RolePolicies } from "@lockmaster/installation/permissions/role-policies.ts";

type RoleDescription = {
  /** Physical name. */
  name: string;
  /** The only principal that can assume it, for example `lambda.amazonaws.com`. */
  service: string;
  /** Condition of the trust policy, for services that name the resource on whose behalf they act. */
  trustCondition?: Statement["Condition"];
  /**
   * Its permissions. `sst refresh` detects policies of a kind that is listed here and that were added by hand, and the next
   * deployment removes them.
   */
  policies: Pick<RolePolicies, "inline"> & Partial<RolePolicies>;
  /** Completes a policy's text with what is known only during the deployment. */
  complete?: (text: string) => $util.Input<string>;
};

/** A role for one AWS service, with its policies and the installation's permissions boundary. */
export function serviceRole(
  logicalName: string,
  installation: Installation,
  { name, service, trustCondition, policies, complete = (text) => text }: RoleDescription,
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
    // The provider deprecates both in favour of one resource per policy. But this way the role never exists without its policies for
    // resources that depend on it, and all are compared as one.
    inlinePolicies:
      policies.inline.length === 0 ? [] : [{ name: "lockmaster", policy: complete(documentOf(policies.inline)) }],
    managedPolicyArns: policies.managed?.map((statements, index) => {
      const policyName = `${name}-${index + 1}`;
      return new aws.iam.Policy(`${logicalName}-${index + 1}`, {
        name: policyName,
        policy: complete(documentOf(statements)),
      }).arn;
    }),
    permissionsBoundary: installation.permissionsBoundary,
  });
}

/** For roles whose policies do not grow with the configuration: managed policies are attached by other resources, if at all. */
export const inlineOnly = (statements: readonly Statement[]): Pick<RolePolicies, "inline"> => ({ inline: statements });
