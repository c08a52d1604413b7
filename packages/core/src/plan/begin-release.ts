import { findAffectedImages } from "../changes/find-affected-images.ts";
import { beginCheck, type CheckPorts } from "../checks/begin-check.ts";
import type { Changes, Ledger, ServiceInspection } from "../ports.ts";
import type { ReleaseSummary } from "../records.ts";
import type { DeploymentInput } from "../release-input.ts";
import { requireAlarms } from "../rollout/alarms.ts";
import type { AlarmObservations } from "../rollout/ports.ts";
import type { PlanReleaseOutput } from "../steps.ts";
import { checkServices } from "./check-services.ts";
import { checkRef, planRelease, policyOf, readReleaseInput, type Execution } from "./plan-release.ts";

export type PlanPorts = {
  ledger: Pick<Ledger, "configuration" | "openRelease" | "releases" | "build">;
  services: ServiceInspection;
  alarms: AlarmObservations;
  changes: Changes;
  checks: CheckPorts;
};

/**
 * Plans the release that an execution's input asks for and opens it in the ledger; once more changes nothing.
 *
 * @throws InvalidInputError INPUT_INVALID
 * @throws RejectedError when configuration, services or alarms do not let the release begin
 */
export async function beginRelease(
  { ledger, services, alarms, changes, checks }: PlanPorts,
  execution: Execution,
  given: unknown,
): Promise<PlanReleaseOutput> {
  const input = readReleaseInput(given);
  if (input.kind === "check") return await beginCheck(checks, execution, input);
  const policy = policyOf(input, await ledger.configuration(input.repository));
  checkRef(input, policy.environment);
  const names = Object.values(policy.environment.services).map(({ service }) => service);
  const inspected = await services.inspect(policy.environment.cluster, names);
  checkServices(policy.environment, inspected);
  await requireAlarms(alarms, policy.environment);
  const last = await lastRelease(ledger, input);
  const affected = await findAffectedImages({ changes, ledger }, { ...input, ...policy, inspected, last });
  const { output, record } = planRelease(execution, input, policy, affected, last);
  await ledger.openRelease(record);
  return output;
}

/** So many failures in a row are no more compared with: everything then counts as affected. */
const releasesLookedAt = 20;

/** What the environment stands at: releases that went back left nothing there. */
async function lastRelease(
  ledger: Pick<Ledger, "releases">,
  { repository, environment }: DeploymentInput,
): Promise<ReleaseSummary | undefined> {
  const releases = await ledger.releases(repository, environment, releasesLookedAt);
  return releases.find(({ status }) => status === "succeeded" || status === "unproven");
}
