import { cloudwatchAlarms, cloudwatchClient } from "@lockmaster/aws/cloudwatch/alarms.ts";
import { ecsClient } from "@lockmaster/aws/ecs/client.ts";
import { ecsObservations } from "@lockmaster/aws/ecs/observations.ts";
import { ecsTaskDefinitions } from "@lockmaster/aws/ecs/task-definitions.ts";
import { httpProbe } from "@lockmaster/aws/http/probe.ts";
import { dynamodbClient, dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { plannedPorts } from "@lockmaster/aws/sts/environment-ports.ts";
import { CheckHealthInput } from "@lockmaster/core/contract/steps.ts";
import { checkHealth } from "@lockmaster/core/rollout/check-health.ts";
import { readSettings } from "@lockmaster/lambda/settings.ts";
import { step } from "@lockmaster/lambda/step.ts";
import { containerLogsOf } from "./composition/container-logs.ts";

const settings = readSettings(["LEDGER_TABLE"]);
const portsFor = plannedPorts(dynamodbLedger(dynamodbClient(), settings.LEDGER_TABLE), (target) => {
  const ecs = ecsClient(target);
  return {
    ecs: ecsObservations(ecs),
    alarms: cloudwatchAlarms(() => cloudwatchClient(target)),
    logsFor: containerLogsOf(target, ecsTaskDefinitions(ecs)),
  };
});
const probe = httpProbe();

/** Judges all services of a release at once: healthy, failed with evidence, or when to poll again. */
export const handler = step(CheckHealthInput, async (input, { now, log }) => {
  const { logsFor, ...ports } = await portsFor(input.release);
  return await checkHealth({ ...ports, logs: logsFor(log), probe }, input, now());
});
