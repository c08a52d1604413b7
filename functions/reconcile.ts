import { codebuildBuilds } from "@lockmaster/aws/builds.ts";
import { codebuildClient } from "@lockmaster/aws/codebuild-client.ts";
import { eventbridgeEvents } from "@lockmaster/aws/domain-events.ts";
import { dynamodbClient } from "@lockmaster/aws/dynamodb-client.ts";
import { ecrClient } from "@lockmaster/aws/ecr-client.ts";
import { eventbridgeClient } from "@lockmaster/aws/eventbridge-client.ts";
import { executionStarter, executionStatus, taskTokens } from "@lockmaster/aws/executions.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger.ts";
import { secretsManagerClient } from "@lockmaster/aws/secrets-manager-client.ts";
import { secretsManagerSecrets } from "@lockmaster/aws/secrets.ts";
import { sfnClient } from "@lockmaster/aws/sfn-client.ts";
import { ecrVersionTags } from "@lockmaster/aws/version-tags.ts";
import { reconcile } from "@lockmaster/core/reconcile/reconcile.ts";
import { githubDeliveries } from "@lockmaster/github/deliveries.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";

const environment = loadEnvironment(
  v.object({
    LEDGER_TABLE: v.string(),
    STATE_MACHINE_ARN: v.string(),
    BUILD_PROJECT_PREFIX: v.string(),
    GITHUB_API_URL: v.optional(v.pipe(v.string(), v.url()), "https://api.github.com"),
    GITHUB_CREDENTIALS_ID: v.string(),
  }),
  process.env,
);
const stepFunctions = sfnClient();
const secrets = secretsManagerSecrets(secretsManagerClient());
const ports = {
  ledger: dynamodbLedger(dynamodbClient(), environment.LEDGER_TABLE),
  executions: { ...executionStatus(stepFunctions), ...executionStarter(stepFunctions, environment.STATE_MACHINE_ARN) },
  tokens: taskTokens(stepFunctions),
  builds: codebuildBuilds(codebuildClient()),
  events: eventbridgeEvents(eventbridgeClient()),
  versionTags: ecrVersionTags(ecrClient()),
  buildProjectPrefix: environment.BUILD_PROJECT_PREFIX,
};

/** One thing more may take so long, with the SDK's own retries. */
const reserveMs = 12_000;

/** Every few minutes: finds what events have missed. */
export const handler = step(v.unknown(), async (_, { now, log, remainingMs }) => {
  const failed = (subject: string, error: unknown) =>
    log.warn("Not done, and tried again by the next run", { subject, problem: String(error) });
  const deliveries = await githubDeliveries({
    baseUrl: environment.GITHUB_API_URL,
    secret: () => secrets.find(environment.GITHUB_CREDENTIALS_ID),
  }).catch((error: unknown) => void failed("GitHub's credentials", error));
  return await reconcile(
    { ...ports, ...(deliveries !== undefined && { deliveries }) },
    { now, hasTime: () => remainingMs() > reserveMs, failed },
  );
});
