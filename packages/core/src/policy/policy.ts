import type { EnvironmentConfiguration, RepositoryConfiguration } from "../config/schema.ts";
import type { StoredConfiguration } from "../config/stored.ts";
import { InvalidInputError, RejectedError } from "../lib/errors.ts";
import { isFollowed } from "../contract/routing.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";

/** What the configuration says about one environment and the repository's images, and the hash of all that it says about it. */
export type Policy = {
  environment: EnvironmentConfiguration;
  images: RepositoryConfiguration["images"];
  hash: string;
};

/**
 * The policy of an environment, as the configuration has it now.
 *
 * @throws RejectedError CONFIGURATION_MISSING
 */
export function policyOf(
  { repository, environment }: Pick<ReleaseRef, "repository" | "environment">,
  stored: StoredConfiguration | undefined,
): Policy {
  if (stored === undefined) throw unknownRepository(repository);
  const { environments, images } = stored.configuration;
  const found = Object.hasOwn(environments, environment) ? environments[environment] : undefined;
  if (found === undefined) {
    throw missing(`${repository} has no environment ${environment}, only ${Object.keys(environments).join(", ")}`);
  }
  return { environment: found, images, hash: stored.hash };
}

/**
 * Refuses a ref that does not lead to the environment: who can start an execution by hand cannot bring anything there that a
 * push could not.
 *
 * @throws InvalidInputError INPUT_INVALID
 */
export function checkRef(
  { repository, environment, ref }: Pick<ReleaseRef, "repository" | "environment" | "ref">,
  { on }: EnvironmentConfiguration,
): void {
  if (isFollowed(ref, on)) return;
  const expected = on.branch === undefined ? `tags like ${on.tag}` : `refs/heads/${on.branch}`;
  throw new InvalidInputError(
    `ref: ${ref} does not lead to ${environment} of ${repository}, which follows ${expected}`,
    {
      code: "INPUT_INVALID",
    },
  );
}

export const unknownRepository = (repository: string): RejectedError =>
  missing(`Lockmaster does not know the repository ${repository}`);

const missing = (what: string) =>
  new RejectedError(`${what}. Add it to lockmaster.config.ts, deploy Lockmaster again, then redrive.`, {
    code: "CONFIGURATION_MISSING",
  });
