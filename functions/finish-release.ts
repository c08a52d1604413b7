import { environmentPorts } from "@lockmaster/aws/sts/environment-ports.ts";
import { eventbridgeEvents } from "@lockmaster/aws/events/domain-events.ts";
import { dynamodbClient } from "@lockmaster/aws/ledger/client.ts";
import { ecrClient } from "@lockmaster/aws/ecr/client.ts";
import { ecsClient } from "@lockmaster/aws/ecs/client.ts";
import { ecsTasks } from "@lockmaster/aws/ecs/tasks.ts";
import { eventbridgeClient } from "@lockmaster/aws/events/client.ts";
import { taskTokens } from "@lockmaster/aws/stepfunctions/executions.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { sfnClient } from "@lockmaster/aws/stepfunctions/client.ts";
import { taskDefinitionRegistry } from "@lockmaster/aws/ecs/task-definition-registry.ts";
import { ecrVersionTags } from "@lockmaster/aws/ecr/version-tags.ts";
import { finishRelease } from "@lockmaster/core/finish/finish-release.ts";
import { FinishReleaseInput } from "@lockmaster/core/contract/steps.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { logAbandoned } from "@lockmaster/lambda/log.ts";
import { embeddedMetrics } from "@lockmaster/lambda/metrics.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";

const environment = loadEnvironment(v.object({ LEDGER_TABLE: v.string(), METRIC_NAMESPACE: v.string() }), process.env);
const telling = {
  events: eventbridgeEvents(eventbridgeClient()),
  versionTags: ecrVersionTags(ecrClient()),
  tokens: taskTokens(sfnClient()),
  metrics: embeddedMetrics(environment.METRIC_NAMESPACE),
};
const portsFor = environmentPorts(dynamodbLedger(dynamodbClient(), environment.LEDGER_TABLE), (place) => {
  const ecs = ecsClient(place);
  return { taskDefinitions: taskDefinitionRegistry(ecs), tasks: ecsTasks(ecs) };
});

/** Commits how the release ended and tells others; fails the execution when the release went back. */
export const handler = step(FinishReleaseInput, async (input, { now, log }) =>
  finishRelease({ ...(await portsFor(input.release)), ...telling, logAbandoned: logAbandoned(log) }, input, now()),
);
