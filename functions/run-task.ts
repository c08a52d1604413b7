import { environmentPorts } from "@lockmaster/aws/sts/environment-ports.ts";
import { containerLogs } from "@lockmaster/aws/logs/container-logs.ts";
import { dynamodbClient } from "@lockmaster/aws/ledger/client.ts";
import { ecsClient } from "@lockmaster/aws/ecs/client.ts";
import { ecsObservations } from "@lockmaster/aws/ecs/observations.ts";
import { ecsTaskDefinitions } from "@lockmaster/aws/ecs/task-definitions.ts";
import { ecsTasks } from "@lockmaster/aws/ecs/tasks.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { logsClient } from "@lockmaster/aws/logs/client.ts";
import { RunTasksInput } from "@lockmaster/core/contract/steps.ts";
import { runTasks } from "@lockmaster/core/tasks/run-tasks.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";

const environment = loadEnvironment(v.object({ LEDGER_TABLE: v.string() }), process.env);
const portsFor = environmentPorts(dynamodbLedger(dynamodbClient(), environment.LEDGER_TABLE), (place) => {
  const ecs = ecsClient(place);
  return {
    ecs: ecsObservations(ecs),
    taskDefinitions: ecsTaskDefinitions(ecs),
    tasks: ecsTasks(ecs),
    client: logsClient(place),
  };
});

/** Starts the release's next task, or finds out what has become of it. */
export const handler = step(RunTasksInput, async (input, { now, log }) => {
  const { client, ...ports } = await portsFor(input.release);
  const unreadable = (reason: unknown) => log.warn("Container logs cannot be read", { reason });
  return runTasks({ ...ports, logs: containerLogs(client, ports.taskDefinitions, unreadable) }, input, now());
});
