import type { Installation } from "@lockmaster/core/config/installation.ts";

export const githubIssuer = "token.actions.githubusercontent.com";

/**
 * Who may assume the role: workflows of one repository that run for one branch. A workflow that names an environment of GitHub's has
 * another subject, and is refused.
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
