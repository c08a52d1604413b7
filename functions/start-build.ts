import { codebuildBuilds, codebuildStarter } from "@lockmaster/aws/codebuild/builds.ts";
import { codebuildClient } from "@lockmaster/aws/codebuild/client.ts";
import { dynamodbClient } from "@lockmaster/aws/ledger/client.ts";
import { ecrClient } from "@lockmaster/aws/ecr/client.ts";
import { taskTokens } from "@lockmaster/aws/stepfunctions/executions.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { ecrRegistry } from "@lockmaster/aws/ecr/registry.ts";
import { sfnClient } from "@lockmaster/aws/stepfunctions/client.ts";
import { configuredBuild } from "@lockmaster/core/build/build-request.ts";
import { pollBuild } from "@lockmaster/core/build/poll-build.ts";
import { StartBuildInput } from "@lockmaster/core/contract/steps.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";

const environment = loadEnvironment(
  v.object({ LEDGER_TABLE: v.string(), BUILD_PROJECT_PREFIX: v.string() }),
  process.env,
);
const ledger = dynamodbLedger(dynamodbClient(), environment.LEDGER_TABLE);
const codebuild = codebuildClient();
const ports = {
  ledger,
  builds: { ...codebuildBuilds(codebuild), ...codebuildStarter(codebuild) },
  registry: ecrRegistry(ecrClient()),
  tokens: taskTokens(sfnClient()),
};

/** Sees to it that an image of the commit exists, or is built; the task token gets it, now or when the build ends. */
export const handler = step(StartBuildInput, async (input, { now }) => {
  const stored = await ledger.configuration(input.release.repository);
  return await pollBuild(ports, input, configuredBuild(input, stored, environment.BUILD_PROJECT_PREFIX, now()));
});
