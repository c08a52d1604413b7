import type { EnvironmentConfiguration } from "../config/schema.ts";
import { InvalidInputError, RejectedError } from "../lib/errors.ts";
import type { ConfigurationLedger, ReleaseLedger } from "../ledger/ports.ts";
import { policyOf } from "./policy.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";

export type ServiceConfiguration = EnvironmentConfiguration["services"][string];

/** The environment's policy as it is now, not as it was when the release was planned. @throws RejectedError */
export async function environmentOf(
  ledger: ConfigurationLedger,
  release: Pick<ReleaseRef, "repository" | "environment">,
): Promise<EnvironmentConfiguration> {
  return policyOf(release, await ledger.configuration(release.repository)).environment;
}

/** @throws RejectedError CONFIGURATION_MISSING when the service was taken out of the configuration meanwhile */
export function serviceOf(environment: EnvironmentConfiguration, service: string): ServiceConfiguration {
  const found = Object.hasOwn(environment.services, service) ? environment.services[service] : undefined;
  if (found !== undefined) return found;
  throw new RejectedError(
    `the environment has no service ${service} any more; put it back into the configuration, then redrive.`,
    {
      code: "CONFIGURATION_MISSING",
    },
  );
}

/** @throws InvalidInputError INPUT_INVALID when the ledger knows no such release */
export async function recordOf(ledger: Pick<ReleaseLedger, "release">, release: ReleaseRef): Promise<ReleaseRecord> {
  const record = await ledger.release(release);
  if (record !== undefined) return record;
  throw new InvalidInputError(`release: the ledger has no release ${release.id} of ${release.repository}`, {
    code: "INPUT_INVALID",
  });
}
