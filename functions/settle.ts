import { codebuildBuilds } from "@lockmaster/aws/builds.ts";
import { codebuildClient } from "@lockmaster/aws/codebuild-client.ts";
import { eventbridgeEvents } from "@lockmaster/aws/domain-events.ts";
import { dynamodbClient } from "@lockmaster/aws/dynamodb-client.ts";
import { ecrClient } from "@lockmaster/aws/ecr-client.ts";
import { eventbridgeClient } from "@lockmaster/aws/eventbridge-client.ts";
import { executionStarter, executionStatus, taskTokens } from "@lockmaster/aws/executions.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger.ts";
import { sfnClient } from "@lockmaster/aws/sfn-client.ts";
import { ecrVersionTags } from "@lockmaster/aws/version-tags.ts";
import { settleExecution } from "@lockmaster/core/settle/settle-execution.ts";
import { ExecutionStatusChange } from "@lockmaster/core/settle/status-change.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";

const environment = loadEnvironment(
  v.object({ LEDGER_TABLE: v.string(), STATE_MACHINE_ARN: v.string(), BUILD_PROJECT_PREFIX: v.string() }),
  process.env,
);
const stepFunctions = sfnClient();
const ports = {
  ledger: dynamodbLedger(dynamodbClient(), environment.LEDGER_TABLE),
  executions: { ...executionStatus(stepFunctions), ...executionStarter(stepFunctions, environment.STATE_MACHINE_ARN) },
  tokens: taskTokens(stepFunctions),
  builds: codebuildBuilds(codebuildClient()),
  events: eventbridgeEvents(eventbridgeClient()),
  versionTags: ecrVersionTags(ecrClient()),
  buildProjectPrefix: environment.BUILD_PROJECT_PREFIX,
};

/** On Step Functions' event that an execution ended: does what is left to do of it, however it ended. */
export const handler = step(ExecutionStatusChange, (event, { now }) =>
  settleExecution(ports, event.detail.executionArn, now()),
);
