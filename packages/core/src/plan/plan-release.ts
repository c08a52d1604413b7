import type * as v from "valibot";
import type { EnvironmentConfiguration, StoredConfiguration } from "../config/schema.ts";
import { InvalidInputError, RejectedError } from "../errors.ts";
import { parseInput } from "../parse.ts";
import type { InspectedService } from "../ports.ts";
import type { ReleaseRecord, ReleaseRef } from "../records.ts";
import { type DeploymentInput, ReleaseInput } from "../release-input.ts";
import type { PlanReleaseInput, PlanReleaseOutput } from "../steps.ts";
import { checkServices } from "./check-services.ts";

/** An execution as the state machine introduces it. */
export type Execution = v.InferOutput<typeof PlanReleaseInput>["execution"];

/** What the configuration says about one environment, and the hash of all that it says about the repository. */
export type Policy = { environment: EnvironmentConfiguration; hash: string };

export type ReleasePlan = { output: PlanReleaseOutput; record: ReleaseRecord };

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
  const { environments } = stored.configuration;
  const found = Object.hasOwn(environments, environment) ? environments[environment] : undefined;
  if (found === undefined) {
    throw missing(`${repository} has no environment ${environment}, only ${Object.keys(environments).join(", ")}`);
  }
  return { environment: found, hash: stored.hash };
}

/**
 * Refuses a ref that does not lead to the environment: who can start an execution by hand cannot bring anything there that a
 * push could not.
 *
 * @throws InvalidInputError INPUT_INVALID
 */
export function checkRef({ repository, environment, ref }: DeploymentInput, { on }: EnvironmentConfiguration): void {
  const expected = `refs/heads/${on.branch}`;
  if (ref === expected) return;
  throw new InvalidInputError(
    `ref: ${ref} does not lead to ${environment} of ${repository}, which follows ${expected}`,
    {
      code: "INPUT_INVALID",
    },
  );
}

/**
 * Plans a release: what is built, and which services get it.
 *
 * @param inspected every service of the environment, as ECS has it now
 * @throws RejectedError naming every service that cannot be released to, see `checkServices`
 */
export function planRelease(
  execution: Execution,
  input: DeploymentInput,
  { environment, hash }: Policy,
  inspected: readonly InspectedService[],
): ReleasePlan {
  checkServices(environment, inspected);
  const release: ReleaseRef = {
    id: execution.name,
    executionArn: execution.arn,
    startedAt: execution.startedAt,
    kind: input.kind,
    repository: input.repository,
    environment: input.environment,
    ref: input.ref,
    sha: input.sha,
  };
  const { requestedBy, requestedAt } = input;
  return {
    output: {
      state: "ready",
      release,
      images: affectedImages(environment).map((image) => ({ image })),
      known: [],
      services: Object.keys(environment.services).map((service) => ({ service })),
    },
    record: { ...release, requestedBy, requestedAt, policyHash: hash, status: "open" },
  };
}

/** Every image that a service of the environment runs: what changed since is unknown, and unknown means all. */
function affectedImages({ services }: EnvironmentConfiguration): string[] {
  return [...new Set(Object.values(services).flatMap(({ containers }) => Object.values(containers)))].toSorted();
}

const missing = (what: string) =>
  new RejectedError(`${what}. Add it to lockmaster.config.ts, deploy Lockmaster again, then redrive.`, {
    code: "CONFIGURATION_MISSING",
  });
