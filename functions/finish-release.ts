import { ecrClient } from "@lockmaster/aws/ecr/client.ts";
import { ecrVersionTags } from "@lockmaster/aws/ecr/version-tags.ts";
import { ecsClient } from "@lockmaster/aws/ecs/client.ts";
import { taskDefinitionRegistry } from "@lockmaster/aws/ecs/task-definition-registry.ts";
import { ecsTasks } from "@lockmaster/aws/ecs/tasks.ts";
import { eventbridgeClient, eventbridgeEvents } from "@lockmaster/aws/events/domain-events.ts";
import { dynamodbClient, dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { sfnClient, taskTokens } from "@lockmaster/aws/stepfunctions/executions.ts";
import { plannedPorts } from "@lockmaster/aws/sts/environment-ports.ts";
import { FinishReleaseInput } from "@lockmaster/core/contract/steps.ts";
import { finishRelease } from "@lockmaster/core/finish/finish-release.ts";
import { logAbandoned } from "@lockmaster/lambda/log.ts";
import { embeddedMetrics } from "@lockmaster/lambda/metrics.ts";
import { readSettings } from "@lockmaster/lambda/settings.ts";
import { step } from "@lockmaster/lambda/step.ts";

const settings = readSettings(["LEDGER_TABLE", "METRIC_NAMESPACE"]);
const ports = {
  events: eventbridgeEvents(eventbridgeClient()),
  versionTags: ecrVersionTags(ecrClient()),
  tokens: taskTokens(sfnClient()),
  metrics: embeddedMetrics(settings.METRIC_NAMESPACE),
};
const portsFor = plannedPorts(dynamodbLedger(dynamodbClient(), settings.LEDGER_TABLE), (target) => {
  const ecs = ecsClient(target);
  return { taskDefinitions: taskDefinitionRegistry(ecs), tasks: ecsTasks(ecs) };
});

/** Records how the release ended and sends the notifications; fails the execution when the release was rolled back. */
export const handler = step(FinishReleaseInput, async (input, { now, log }) =>
  finishRelease({ ...(await portsFor(input.release)), ...ports, logAbandoned: logAbandoned(log) }, input, now()),
);
