import { beginCheck, type CheckPorts } from "../checks/begin-check.ts";
import type { Ledger, ServiceInspection } from "../ports.ts";
import type { PlanReleaseOutput } from "../steps.ts";
import { checkRef, planRelease, policyOf, readReleaseInput, type Execution } from "./plan-release.ts";

export type PlanPorts = {
  ledger: Pick<Ledger, "configuration" | "openRelease">;
  services: ServiceInspection;
  checks: CheckPorts;
};

/**
 * Plans the release that an execution's input asks for and opens it in the ledger; once more changes nothing.
 *
 * @throws InvalidInputError INPUT_INVALID
 * @throws RejectedError when configuration or services do not let the release begin
 */
export async function beginRelease(
  { ledger, services, checks }: PlanPorts,
  execution: Execution,
  given: unknown,
): Promise<PlanReleaseOutput> {
  const input = readReleaseInput(given);
  if (input.kind === "check") return await beginCheck(checks, execution, input);
  const policy = policyOf(input, await ledger.configuration(input.repository));
  checkRef(input, policy.environment);
  const names = Object.values(policy.environment.services).map(({ service }) => service);
  const inspected = await services.inspect(policy.environment.cluster, names);
  const { output, record } = planRelease(execution, input, policy, inspected);
  await ledger.openRelease(record);
  return output;
}
