import type { Metrics } from "@lockmaster/core/metrics.ts";
import type { AttendPorts } from "@lockmaster/core/reconcile/attend.ts";
import type { SettlePorts } from "@lockmaster/core/settle/settle-execution.ts";
import { codebuildBuilds } from "./builds.ts";
import { environmentPorts } from "./clients-for-environment.ts";
import { codebuildClient } from "./codebuild-client.ts";
import { eventbridgeEvents } from "./domain-events.ts";
import { dynamodbClient } from "./dynamodb-client.ts";
import { ecrClient } from "./ecr-client.ts";
import { ecsClient } from "./ecs-client.ts";
import { ecsTasks } from "./ecs-tasks.ts";
import { eventbridgeClient } from "./eventbridge-client.ts";
import { executionStarter, executionStatus, taskTokens } from "./executions.ts";
import { dynamodbLedger } from "./ledger.ts";
import { sfnClient } from "./sfn-client.ts";
import { ecrVersionTags } from "./version-tags.ts";

export type SettlingSettings = {
  ledgerTable: string;
  stateMachineArn: string;
  buildProjectPrefix: string;
  metrics: Metrics;
};

/** What those who settle executions from outside act on: settle, by events, and reconcile, on a schedule. */
export function settlingPorts({
  ledgerTable,
  stateMachineArn,
  buildProjectPrefix,
  metrics,
}: SettlingSettings): Omit<SettlePorts, "gaveUp"> & AttendPorts & { ledger: ReturnType<typeof dynamodbLedger> } {
  const stepFunctions = sfnClient();
  const ledger = dynamodbLedger(dynamodbClient(), ledgerTable);
  const portsFor = environmentPorts(ledger, (place) => ({ tasks: ecsTasks(ecsClient(place)) }));
  return {
    ledger,
    tasksOf: async (release) => (await portsFor(release)).tasks,
    executions: { ...executionStatus(stepFunctions), ...executionStarter(stepFunctions, stateMachineArn) },
    tokens: taskTokens(stepFunctions),
    builds: codebuildBuilds(codebuildClient()),
    events: eventbridgeEvents(eventbridgeClient()),
    versionTags: ecrVersionTags(ecrClient()),
    metrics,
    buildProjectPrefix,
  };
}
