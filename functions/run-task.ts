import { ecsClient } from "@lockmaster/aws/ecs/client.ts";
import { ecsObservations } from "@lockmaster/aws/ecs/observations.ts";
import { ecsTaskDefinitions } from "@lockmaster/aws/ecs/task-definitions.ts";
import { ecsTasks } from "@lockmaster/aws/ecs/tasks.ts";
import { dynamodbClient, dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { plannedPorts } from "@lockmaster/aws/sts/environment-ports.ts";
import { RunTasksInput } from "@lockmaster/core/contract/steps.ts";
import { runTasks } from "@lockmaster/core/tasks/run-tasks.ts";
import { readSettings } from "@lockmaster/lambda/settings.ts";
import { step } from "@lockmaster/lambda/step.ts";
import { containerLogsOf } from "./composition/container-logs.ts";

const settings = readSettings(["LEDGER_TABLE"]);
const portsFor = plannedPorts(dynamodbLedger(dynamodbClient(), settings.LEDGER_TABLE), (target) => {
  const ecs = ecsClient(target);
  const taskDefinitions = ecsTaskDefinitions(ecs);
  return {
    ecs: ecsObservations(ecs),
    taskDefinitions,
    tasks: ecsTasks(ecs),
    logsFor: containerLogsOf(target, taskDefinitions),
  };
});

/** Starts the release's next task, or answers how the one that runs is doing. */
export const handler = step(RunTasksInput, async (input, { now, log }) => {
  const { logsFor, ...ports } = await portsFor(input.release);
  return runTasks({ ...ports, logs: logsFor(log) }, input, now());
});
