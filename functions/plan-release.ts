import { cloudwatchAlarms, cloudwatchClient } from "@lockmaster/aws/cloudwatch/alarms.ts";
import { codebuildBuilds, codebuildClient } from "@lockmaster/aws/codebuild/builds.ts";
import { ecrClient } from "@lockmaster/aws/ecr/client.ts";
import { ecrRegistry } from "@lockmaster/aws/ecr/registry.ts";
import { ecrVersionTags } from "@lockmaster/aws/ecr/version-tags.ts";
import { ecsClient } from "@lockmaster/aws/ecs/client.ts";
import { ecsInspection } from "@lockmaster/aws/ecs/services.ts";
import { dynamodbClient, dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { executionStatus, executionStopper, sfnClient, taskTokens } from "@lockmaster/aws/stepfunctions/executions.ts";
import { environmentPorts } from "@lockmaster/aws/sts/environment-ports.ts";
import { PlanReleaseInput } from "@lockmaster/core/contract/release-input.ts";
import { beginRelease } from "@lockmaster/core/plan/begin-release.ts";
import { githubAccess } from "@lockmaster/github/access.ts";
import { githubChanges } from "@lockmaster/github/compare.ts";
import { githubSources } from "@lockmaster/github/sources.ts";
import { readSettings } from "@lockmaster/lambda/settings.ts";
import { step } from "@lockmaster/lambda/step.ts";
import { githubSource } from "./composition/github-source.ts";

const settings = readSettings(["LEDGER_TABLE", "BUILD_PROJECT_PREFIX", "GITHUB_API_URL", "GITHUB_CREDENTIALS_ID"]);
const ledger = dynamodbLedger(dynamodbClient(), settings.LEDGER_TABLE);
const stepFunctions = sfnClient();
const ecr = ecrClient();
const github = githubSource(settings);
const checks = {
  ledger,
  builds: codebuildBuilds(codebuildClient()),
  executions: executionStopper(stepFunctions),
  buildProjectPrefix: settings.BUILD_PROJECT_PREFIX,
};
const ports = {
  executions: executionStatus(stepFunctions),
  registry: ecrRegistry(ecr),
  versionTags: ecrVersionTags(ecr),
  tokens: taskTokens(stepFunctions),
};
const portsFor = environmentPorts(ledger, (target) => ({
  services: ecsInspection(ecsClient(target)),
  alarms: cloudwatchAlarms(() => cloudwatchClient(target)),
}));

/** Plans the release that the execution's input asks for, and records it in the ledger. Changes nothing else. */
export const handler = step(PlanReleaseInput, async ({ execution, input }, { now }) => {
  const access = githubAccess(github);
  const [changes, sources] = [githubChanges(github, access), githubSources(access)];
  const inEnvironment = await portsFor({ ...input, id: execution.name });
  return await beginRelease(
    { ...ports, ...inEnvironment, changes, sources, checks: { ...checks, changes } },
    execution,
    input,
    now(),
  );
});
