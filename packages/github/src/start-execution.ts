import type { Executions } from "@lockmaster/core/contract/executions.ts";
import { fingerprintOf } from "@lockmaster/core/contract/fingerprint.ts";
import type { ReleaseInput } from "@lockmaster/core/contract/release-input.ts";
import type { OriginLedger } from "@lockmaster/core/ledger/ports.ts";
import { executionName } from "@lockmaster/core/lib/names.ts";

export type StartPorts = { executions: Pick<Executions, "start">; origins: Pick<OriginLedger, "recordStart"> };

/** The delivery that asks for executions. */
export type Delivery = {
  body: Uint8Array;
  receivedAt: Date;
  /** GitHub's id of the App's installation. */
  installation?: number | undefined;
};

export type Started = { name: string; environment: string; started: boolean };

/**
 * Records a start, then starts the execution: its first step finds the record. Idempotent, since the execution's name derives from
 * the delivery's body.
 *
 * @param environment `checks` for a check
 */
export async function startExecution(
  { executions, origins }: StartPorts,
  { body, receivedAt, installation }: Delivery,
  input: ReleaseInput,
  environment: string,
): Promise<Started> {
  const { repository } = input;
  const name = executionName(repository, environment, body);
  await origins.recordStart({
    repository,
    environment,
    name,
    at: receivedAt.toISOString(),
    input: fingerprintOf(input),
    ...(installation !== undefined && { installation }),
  });
  const { started } = await executions.start(name, input);
  return { name, environment, started };
}
