/** The policy with which other accounts pull from an ECR repository. */
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { InvalidInputError } from "@lockmaster/core/lib/errors.ts";
import type { InstallationSite } from "../topology/names.ts";
import { imageRepositories } from "./image-repositories.ts";

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html */
const policyCharacters = 10_240;

/**
 * Allows roles of tasks in other accounts to pull: across accounts IAM policies are not enough.
 *
 * @param readers ARNs of the roles
 * @returns the policy's text
 */
export function repositoryPolicy(readers: readonly string[]): string {
  const accounts = [...new Set(readers.map((role) => role.replace(/:role\/.*$/, ":root")))];
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: accounts },
        Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        Condition: { ArnLike: { "aws:PrincipalArn": readers } },
      },
    ],
  });
}

/**
 * Before anything is deployed: ECR would refuse the policy of a repository only in the middle of the deployment.
 *
 * @throws InvalidInputError CONFIGURATION_INVALID that lists the repositories with their sizes and what to change
 */
export function requireReadable(configuration: Configuration, site: InstallationSite): void {
  const { existing } = configuration.installation.registries;
  const tooLarge = imageRepositories(configuration, site)
    .filter(({ repository, readers }) => readers.length > 0 && !existing.includes(repository))
    .map(({ repository, readers }) => ({ repository, roles: readers.length, size: repositoryPolicy(readers).length }))
    .filter(({ size }) => size > policyCharacters);
  if (tooLarge.length === 0) return;
  const lines = tooLarge.map(
    ({ repository, roles, size }) =>
      `\n  ${repository}: ${size} characters for ${roles} roles of tasks in other accounts`,
  );
  throw new InvalidInputError(
    `ECR permits ${policyCharacters} characters for the policy of a repository, which names the roles that pull from it, and nothing is widened to make it fit:${lines.join("")}\n` +
      "Name the roles of an environment by what their names have in common (taskDefinitions.roles with an asterisk at the end), or name the repository in installation.registries.existing and give it a policy of your own.",
    { code: "CONFIGURATION_INVALID" },
  );
}
