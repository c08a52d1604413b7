import { codebuildBuilds, codebuildClient } from "@lockmaster/aws/codebuild/builds.ts";
import { dynamodbClient, dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { codebuildLogs } from "@lockmaster/aws/logs/build-logs.ts";
import { logsClient } from "@lockmaster/aws/logs/container-logs.ts";
import { sfnClient, taskTokens } from "@lockmaster/aws/stepfunctions/executions.ts";
import { BuildStateChange, buildIdOf } from "@lockmaster/core/build/build-event.ts";
import { wakeForSlots } from "@lockmaster/core/build/build-slots.ts";
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

/**
 * On CodeBuild's event that a build ended: records its result and completes the task tokens that wait for it. Then lets a build
 * that CodeBuild could not queue request its slot.
 */
export const handler = step(BuildStateChange, async (event, { now }) => {
  const finished = await finishBuild(ports, buildIdOf(event));
  return { ...finished, wokenForSlot: await wakeForSlots(ports, 1, now()) };
});
