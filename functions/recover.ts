import { countUnopened } from "@lockmaster/core/recover/count-unopened.ts";
import { recoverExecution } from "@lockmaster/core/recover/recover-execution.ts";
import { ExecutionStatusChange } from "@lockmaster/core/recover/status-change.ts";
import { logAbandoned } from "@lockmaster/lambda/log.ts";
import { readSettings } from "@lockmaster/lambda/settings.ts";
import { step } from "@lockmaster/lambda/step.ts";
import { recoveryPorts } from "./composition/recovery-ports.ts";

const ports = recoveryPorts(
  readSettings(["LEDGER_TABLE", "STATE_MACHINE_ARN", "BUILD_PROJECT_PREFIX", "METRIC_NAMESPACE"]),
);

/** On Step Functions' event that an execution ended: does what the execution left undone, however it ended. */
export const handler = step(ExecutionStatusChange, async ({ detail }, { now, log }) => {
  const recovery = await recoverExecution({ ...ports, logAbandoned: logAbandoned(log) }, detail.executionArn, now());
  if (recovery.state === "nothing") await countUnopened(ports, detail.executionArn);
  return recovery;
});
