import type { Installation } from "@lockmaster/core/config/installation.ts";

export const githubIssuer = "token.actions.githubusercontent.com";

/**
 * Allows workflows of one repository that run for one branch to assume the role. A workflow job with a GitHub environment has
 * another subject, and AWS denies it the role.
 *
 * Both forms of the subject are compared exactly: with names only, and with the ids that GitHub appends to the names of repositories
 * that were created, renamed or transferred since 15 July 2026, or that opted in.
 *
 * @see https://docs.github.com/en/actions/concepts/security/openid-connect
 * @see https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
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
            [`${githubIssuer}:sub`]: subjectsOf(deployer),
          },
        },
      },
    ],
  };
}

function subjectsOf({ repository, branch, ids }: NonNullable<Installation["deployer"]>): string[] {
  const [owner, name] = repository.split("/");
  const names = ids === undefined ? [repository] : [repository, `${owner}@${ids.owner}/${name}@${ids.repository}`];
  return names.map((each) => `repo:${each}:ref:refs/heads/${branch}`);
}
