import type * as v from "valibot";
import type { EnvironmentConfiguration, RepositoryConfiguration, StoredConfiguration } from "../config/schema.ts";
import { InvalidInputError, RejectedError } from "../lib/errors.ts";
import { parseInput } from "../lib/parse.ts";
import { type DeploymentInput, ReleaseInput } from "../contract/release-input.ts";
import { isFollowed } from "../contract/routing.ts";
import type { PlanReleaseInput } from "../contract/steps.ts";

/** An execution as the state machine introduces it. */
export type Execution = v.InferOutput<typeof PlanReleaseInput>["execution"];

/** What the configuration says about one environment and the repository's images, and the hash of all that it says about it. */
export type Policy = {
  environment: EnvironmentConfiguration;
  images: RepositoryConfiguration["images"];
  hash: string;
};

/**
 * The input of an execution, which anybody may have written.
 *
 * @throws InvalidInputError INPUT_INVALID naming every offending field
 */
export function readReleaseInput(input: unknown): ReleaseInput {
  return parseInput(ReleaseInput, input);
}

/**
 * The policy of an environment, as the configuration has it now.
 *
 * @throws RejectedError CONFIGURATION_MISSING
 */
export function policyOf(
  { repository, environment }: Pick<DeploymentInput, "repository" | "environment">,
  stored: StoredConfiguration | undefined,
): Policy {
  if (stored === undefined) throw missing(`Lockmaster does not know the repository ${repository}`);
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
export function checkRef({ repository, environment, ref }: DeploymentInput, { on }: EnvironmentConfiguration): void {
  if (isFollowed(ref, on)) return;
  const expected = on.branch === undefined ? `tags like ${on.tag}` : `refs/heads/${on.branch}`;
  throw new InvalidInputError(
    `ref: ${ref} does not lead to ${environment} of ${repository}, which follows ${expected}`,
    {
      code: "INPUT_INVALID",
    },
  );
}

const missing = (what: string) =>
  new RejectedError(`${what}. Add it to lockmaster.config.ts, deploy Lockmaster again, then redrive.`, {
    code: "CONFIGURATION_MISSING",
  });
