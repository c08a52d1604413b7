import { codebuildBuilds } from "@lockmaster/aws/codebuild/builds.ts";
import { environmentPorts } from "@lockmaster/aws/sts/environment-ports.ts";
import { cloudwatchAlarms } from "@lockmaster/aws/cloudwatch/alarms.ts";
import { cloudwatchClient } from "@lockmaster/aws/cloudwatch/client.ts";
import { codebuildClient } from "@lockmaster/aws/codebuild/client.ts";
import { dynamodbClient } from "@lockmaster/aws/ledger/client.ts";
import { ecrClient } from "@lockmaster/aws/ecr/client.ts";
import { ecsClient } from "@lockmaster/aws/ecs/client.ts";
import { ecsInspection } from "@lockmaster/aws/ecs/services.ts";
import { executionStatus, executionStopper, taskTokens } from "@lockmaster/aws/stepfunctions/executions.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { ecrRegistry } from "@lockmaster/aws/ecr/registry.ts";
import { secretsManagerClient } from "@lockmaster/aws/secretsmanager/client.ts";
import { secretsManagerSecrets } from "@lockmaster/aws/secretsmanager/secrets.ts";
import { sfnClient } from "@lockmaster/aws/stepfunctions/client.ts";
import { ecrVersionTags } from "@lockmaster/aws/ecr/version-tags.ts";
import { beginRelease } from "@lockmaster/core/plan/begin-release.ts";
import { readReleaseInput } from "@lockmaster/core/policy/policy.ts";
import { PlanReleaseInput } from "@lockmaster/core/contract/steps.ts";
import { githubChanges } from "@lockmaster/github/compare.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";

const environment = loadEnvironment(
  v.object({
    LEDGER_TABLE: v.string(),
    BUILD_PROJECT_PREFIX: v.string(),
    GITHUB_API_URL: v.optional(v.pipe(v.string(), v.url()), "https://api.github.com"),
    GITHUB_CREDENTIALS_ID: v.string(),
  }),
  process.env,
);
const ledger = dynamodbLedger(dynamodbClient(), environment.LEDGER_TABLE);
const stepFunctions = sfnClient();
const ecr = ecrClient();
const secrets = secretsManagerSecrets(secretsManagerClient());
const checks = {
  ledger,
  builds: codebuildBuilds(codebuildClient()),
  executions: executionStopper(stepFunctions),
  buildProjectPrefix: environment.BUILD_PROJECT_PREFIX,
};
const promotion = {
  executions: executionStatus(stepFunctions),
  registry: ecrRegistry(ecr),
  versionTags: ecrVersionTags(ecr),
};
const tokens = taskTokens(stepFunctions);
const portsFor = environmentPorts(ledger, (place) => ({
  services: ecsInspection(ecsClient(place)),
  alarms: cloudwatchAlarms(() => cloudwatchClient(place)),
}));

/** Checks what an execution asks for, and opens the release in the ledger. Nothing else has changed yet. */
export const handler = step(PlanReleaseInput, async ({ execution, input }, { now }) => {
  const asked = readReleaseInput(input);
  const changes = githubChanges({
    baseUrl: environment.GITHUB_API_URL,
    secret: () => secrets.find(environment.GITHUB_CREDENTIALS_ID),
  });
  const where = await portsFor({ ...asked, id: execution.name });
  const ports = { ...where, ...promotion, tokens, changes, checks: { ...checks, changes } };
  return await beginRelease(ports, execution, asked, now());
});
