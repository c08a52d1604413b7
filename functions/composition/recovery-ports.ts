import { codebuildBuilds, codebuildClient } from "@lockmaster/aws/codebuild/builds.ts";
import { ecrClient } from "@lockmaster/aws/ecr/client.ts";
import { ecrVersionTags } from "@lockmaster/aws/ecr/version-tags.ts";
import { ecsClient } from "@lockmaster/aws/ecs/client.ts";
import { ecsTasks } from "@lockmaster/aws/ecs/tasks.ts";
import { eventbridgeClient, eventbridgeEvents } from "@lockmaster/aws/events/domain-events.ts";
import { dynamodbClient, dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { executionStarter, executionStatus, sfnClient, taskTokens } from "@lockmaster/aws/stepfunctions/executions.ts";
import { plannedPorts } from "@lockmaster/aws/sts/environment-ports.ts";
import { embeddedMetrics } from "@lockmaster/lambda/metrics.ts";
import type { Settings } from "@lockmaster/lambda/settings.ts";

type RecoverySettings = Settings<"LEDGER_TABLE" | "STATE_MACHINE_ARN" | "BUILD_PROJECT_PREFIX" | "METRIC_NAMESPACE">;

/** Ports of the functions that recover executions from outside: recover, on events, and reconcile, on a schedule. */
export function recoveryPorts(settings: RecoverySettings) {
  const stepFunctions = sfnClient();
  const ledger = dynamodbLedger(dynamodbClient(), settings.LEDGER_TABLE);
  const portsFor = plannedPorts(ledger, (target) => ({ tasks: ecsTasks(ecsClient(target)) }));
  return {
    ledger,
    tasksOf: async (release: Parameters<typeof portsFor>[0]) => (await portsFor(release)).tasks,
    executions: { ...executionStatus(stepFunctions), ...executionStarter(stepFunctions, settings.STATE_MACHINE_ARN) },
    tokens: taskTokens(stepFunctions),
    builds: codebuildBuilds(codebuildClient()),
    events: eventbridgeEvents(eventbridgeClient()),
    versionTags: ecrVersionTags(ecrClient()),
    metrics: embeddedMetrics(settings.METRIC_NAMESPACE),
    buildProjectPrefix: settings.BUILD_PROJECT_PREFIX,
  };
}
