import { codebuildBuilds, codebuildClient, codebuildStarter } from "@lockmaster/aws/codebuild/builds.ts";
import { ecrClient } from "@lockmaster/aws/ecr/client.ts";
import { ecrRegistry } from "@lockmaster/aws/ecr/registry.ts";
import { dynamodbClient, dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { codebuildLogs } from "@lockmaster/aws/logs/build-logs.ts";
import { logsClient } from "@lockmaster/aws/logs/container-logs.ts";
import { sfnClient, taskTokens } from "@lockmaster/aws/stepfunctions/executions.ts";
import { configureBuild } from "@lockmaster/core/build/configured-build.ts";
import { pollBuild } from "@lockmaster/core/build/poll-build.ts";
import { StartBuildInput } from "@lockmaster/core/contract/steps.ts";
import { readSettings } from "@lockmaster/lambda/settings.ts";
import { step } from "@lockmaster/lambda/step.ts";

const settings = readSettings(["LEDGER_TABLE", "BUILD_PROJECT_PREFIX"]);
const ledger = dynamodbLedger(dynamodbClient(), settings.LEDGER_TABLE);
const codebuild = codebuildClient();
const ports = {
  ledger,
  builds: { ...codebuildBuilds(codebuild), ...codebuildStarter(codebuild) },
  logs: codebuildLogs(logsClient()),
  registry: ecrRegistry(ecrClient()),
  tokens: taskTokens(sfnClient()),
};

/** Reuses or builds an image of the commit, and completes the task token with it: now, or when the build ends. */
export const handler = step(StartBuildInput, async (input, { now }) => {
  const stored = await ledger.configuration(input.release.repository);
  const images = stored?.configuration.images;
  return await pollBuild(ports, input, configureBuild(input, images, settings.BUILD_PROJECT_PREFIX, now()));
});
