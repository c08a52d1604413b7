import type { Installation } from "@lockmaster/core/config/installation.ts";

export const githubIssuer = "token.actions.githubusercontent.com";

/**
 * Allows workflows of one repository that run for one branch to assume the role. A workflow job with a GitHub environment has
 * another subject, and AWS denies it the role.
 *
 * @see https://docs.github.com/en/actions/concepts/security/openid-connect
 */
export function deployerTrust(provider: string, deployer: NonNullable<Installation["deployer"]>): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: provider },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            [`${githubIssuer}:aud`]: "sts.amazonaws.com",
            [`${githubIssuer}:sub`]: `repo:${deployer.repository}:ref:refs/heads/${deployer.branch}`,
          },
        },
      },
    ],
  };
}
