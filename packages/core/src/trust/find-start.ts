import { fingerprintOf } from "../contract/fingerprint.ts";
import type { ReleaseInput } from "../contract/release-input.ts";
import type { Execution } from "../contract/steps.ts";
import type { OriginLedger } from "../ledger/ports.ts";
import type { StartRecord } from "../ledger/start-record.ts";
import type { Verification } from "../ledger/verification.ts";
import { checksEnvironment, recoveryName } from "../lib/names.ts";

export type Start = { by: Verification["startedBy"]; record?: StartRecord };

/** Each recovery that ends without the lock is followed by another, under the next name. */
const recoveriesSearched = 100;

/**
 * Finds out what started an execution. Step Functions does not say it, so the webhook records each of its starts before it makes
 * it, and a recovery has a name that follows from what it recovers. Starting by hand what they would start changes nothing: Step
 * Functions has one execution of a name.
 */
export async function findStart(
  ledger: Pick<OriginLedger, "start">,
  { name }: Pick<Execution, "name">,
  input: ReleaseInput,
): Promise<Start> {
  if (input.kind === "rollback" && input.recovers !== undefined) {
    const isOurs = input.requestedBy.kind === "lockmaster" && isRecovery(name, input.recovers);
    return { by: isOurs ? "lockmaster" : "hand" };
  }
  const environment = input.kind === "check" ? checksEnvironment : input.environment;
  const record = await ledger.start({ repository: input.repository, environment, name });
  return record?.input === fingerprintOf(input) ? { by: "webhook", record } : { by: "hand" };
}

function isRecovery(name: string, of: { executionArn: string; redriveCount: number }): boolean {
  return Array.from({ length: recoveriesSearched }, (_, index) => index + 1).some(
    (count) => recoveryName(of.executionArn, of.redriveCount, count) === name,
  );
}
