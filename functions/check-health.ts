import { environmentPorts } from "@lockmaster/aws/sts/environment-ports.ts";
import { cloudwatchAlarms } from "@lockmaster/aws/cloudwatch/alarms.ts";
import { cloudwatchClient } from "@lockmaster/aws/cloudwatch/client.ts";
import { containerLogs } from "@lockmaster/aws/logs/container-logs.ts";
import { dynamodbClient } from "@lockmaster/aws/ledger/client.ts";
import { ecsClient } from "@lockmaster/aws/ecs/client.ts";
import { ecsObservations } from "@lockmaster/aws/ecs/observations.ts";
import { ecsTaskDefinitions } from "@lockmaster/aws/ecs/task-definitions.ts";
import { httpProbe } from "@lockmaster/aws/http/probe.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { logsClient } from "@lockmaster/aws/logs/client.ts";
import { checkHealth } from "@lockmaster/core/rollout/check-health.ts";
import { CheckHealthInput } from "@lockmaster/core/contract/steps.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";

const environment = loadEnvironment(v.object({ LEDGER_TABLE: v.string() }), process.env);
const portsFor = environmentPorts(dynamodbLedger(dynamodbClient(), environment.LEDGER_TABLE), (place) => {
  const ecs = ecsClient(place);
  return {
    ecs: ecsObservations(ecs),
    taskDefinitions: ecsTaskDefinitions(ecs),
    logs: logsClient(place),
    alarms: cloudwatchAlarms(() => cloudwatchClient(place)),
  };
});
const probe = httpProbe();

/** Looks at all services of a release at once: healthy, failed with evidence, or when to look again. */
export const handler = step(CheckHealthInput, async (input, { now, log }) => {
  const { taskDefinitions, logs, ...ports } = await portsFor(input.release);
  const tails = containerLogs(logs, taskDefinitions, (reason) => log.warn("Container logs cannot be read", { reason }));
  return await checkHealth({ ...ports, logs: tails, probe }, input, now());
});
