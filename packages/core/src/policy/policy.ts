/** The policy of a release. After Plan, a step gets the configuration through `asPlanned`. */
import type { EnvironmentConfiguration, RepositoryConfiguration } from "../config/schema.ts";
import type { StoredConfiguration } from "../config/stored.ts";
import { isFollowed } from "../contract/routing.ts";
import type { ConfigurationLedger, ReleaseLedger } from "../ledger/ports.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import { InvalidInputError, RejectedError } from "../lib/errors.ts";

/** Configuration of one environment and of the repository's images, and the hash of the repository's whole configuration. */
export type Policy = {
  environment: EnvironmentConfiguration;
  images: RepositoryConfiguration["images"];
  hash: string;
};

export type ServiceConfiguration = EnvironmentConfiguration["services"][string];

/** @throws RejectedError CONFIGURATION_MISSING */
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

/** @throws RejectedError CONFIGURATION_MISSING */
export async function environmentOf(
  ledger: ConfigurationLedger,
  release: Pick<ReleaseRef, "repository" | "environment">,
): Promise<EnvironmentConfiguration> {
  return policyOf(release, await ledger.configuration(release.repository)).environment;
}

/** @throws RejectedError CONFIGURATION_MISSING when the service was removed from the configuration meanwhile */
export function serviceOf(environment: EnvironmentConfiguration, service: string): ServiceConfiguration {
  const found = Object.hasOwn(environment.services, service) ? environment.services[service] : undefined;
  if (found === undefined) throw missing(`the environment has no service ${service} any more`);
  return found;
}

/** @throws InvalidInputError INPUT_INVALID when the ledger has no record of the release */
export async function recordOf(ledger: Pick<ReleaseLedger, "release">, release: ReleaseRef): Promise<ReleaseRecord> {
  const record = await ledger.release(release);
  if (record !== undefined) return record;
  throw new InvalidInputError(`release: the ledger has no release ${release.id} of ${release.repository}`, {
    code: "INPUT_INVALID",
  });
}

/**
 * Refuses a ref that the environment does not follow: an operator who starts an execution by hand can release only what a push
 * could.
 *
 * @throws InvalidInputError INPUT_INVALID
 */
export function checkRef(
  { repository, environment, ref }: Pick<ReleaseRef, "repository" | "environment" | "ref">,
  { on }: EnvironmentConfiguration,
): void {
  if (isFollowed(ref, on)) return;
  const expected = on.branch === undefined ? `tags like ${on.tag}` : `refs/heads/${on.branch}`;
  throw new InvalidInputError(`ref: ${environment} of ${repository} does not follow ${ref}; write ${expected}`, {
    code: "INPUT_INVALID",
  });
}

export const unknownRepository = (repository: string): RejectedError =>
  missing(`Lockmaster does not know the repository ${repository}`);

const missing = (what: string) =>
  new RejectedError(`${what}. Add it to lockmaster.config.ts, deploy Lockmaster again, then redrive.`, {
    code: "CONFIGURATION_MISSING",
  });
