import { codebuildBuilds, codebuildClient } from "@lockmaster/aws/codebuild/builds.ts";
import { dynamodbClient, dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { codebuildLogs } from "@lockmaster/aws/logs/build-logs.ts";
import { logsClient } from "@lockmaster/aws/logs/container-logs.ts";
import { sfnClient, taskTokens } from "@lockmaster/aws/stepfunctions/executions.ts";
import { BuildStateChange, buildIdOf } from "@lockmaster/core/build/build-event.ts";
import { finishBuild } from "@lockmaster/core/build/finish-build.ts";
import { readSettings } from "@lockmaster/lambda/settings.ts";
import { step } from "@lockmaster/lambda/step.ts";

const settings = readSettings(["LEDGER_TABLE"]);
const ports = {
  ledger: dynamodbLedger(dynamodbClient(), settings.LEDGER_TABLE),
  builds: codebuildBuilds(codebuildClient()),
  logs: codebuildLogs(logsClient()),
  tokens: taskTokens(sfnClient()),
};

/** On CodeBuild's event that a build ended: records its result and completes the task tokens that wait for it. */
export const handler = step(BuildStateChange, (event) => finishBuild(ports, buildIdOf(event)));
