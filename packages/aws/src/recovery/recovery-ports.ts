import type { Metrics } from "@lockmaster/core/contract/metrics.ts";
import type { CheckRunningPorts } from "@lockmaster/core/recover/check-running.ts";
import type { RecoverPorts } from "@lockmaster/core/recover/recover-execution.ts";
import { codebuildBuilds } from "../codebuild/builds.ts";
import { environmentPorts } from "../sts/environment-ports.ts";
import { codebuildClient } from "../codebuild/client.ts";
import { eventbridgeEvents } from "../events/domain-events.ts";
import { dynamodbClient } from "../ledger/client.ts";
import { ecrClient } from "../ecr/client.ts";
import { ecsClient } from "../ecs/client.ts";
import { ecsTasks } from "../ecs/tasks.ts";
import { eventbridgeClient } from "../events/client.ts";
import { executionStarter, executionStatus, taskTokens } from "../stepfunctions/executions.ts";
import { dynamodbLedger } from "../ledger/ledger.ts";
import { sfnClient } from "../stepfunctions/client.ts";
import { ecrVersionTags } from "../ecr/version-tags.ts";

export type RecoverySettings = {
  ledgerTable: string;
  stateMachineArn: string;
  buildProjectPrefix: string;
  metrics: Metrics;
};

/** What those who settle executions from outside act on: settle, by events, and reconcile, on a schedule. */
export function recoveryPorts({
  ledgerTable,
  stateMachineArn,
  buildProjectPrefix,
  metrics,
}: RecoverySettings): Omit<RecoverPorts, "logAbandoned"> &
  CheckRunningPorts & { ledger: ReturnType<typeof dynamodbLedger> } {
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
