import { recoveryPorts } from "@lockmaster/aws/recovery/recovery-ports.ts";
import { countUnopened } from "@lockmaster/core/recover/count-unopened.ts";
import { recoverExecution } from "@lockmaster/core/recover/recover-execution.ts";
import { ExecutionStatusChange } from "@lockmaster/core/recover/status-change.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { logAbandoned } from "@lockmaster/lambda/log.ts";
import { embeddedMetrics } from "@lockmaster/lambda/metrics.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";

const environment = loadEnvironment(
  v.object({
    LEDGER_TABLE: v.string(),
    STATE_MACHINE_ARN: v.string(),
    BUILD_PROJECT_PREFIX: v.string(),
    METRIC_NAMESPACE: v.string(),
  }),
  process.env,
);
const ports = recoveryPorts({
  ledgerTable: environment.LEDGER_TABLE,
  stateMachineArn: environment.STATE_MACHINE_ARN,
  buildProjectPrefix: environment.BUILD_PROJECT_PREFIX,
  metrics: embeddedMetrics(environment.METRIC_NAMESPACE),
});

/** On Step Functions' event that an execution ended: does what is left to do of it, however it ended. */
export const handler = step(ExecutionStatusChange, async ({ detail }, { now, log }) => {
  const settled = await recoverExecution({ ...ports, logAbandoned: logAbandoned(log) }, detail.executionArn, now());
  if (settled.state === "nothing") await countUnopened(ports, detail.executionArn);
  return settled;
});
