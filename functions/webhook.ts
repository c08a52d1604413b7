import { codebuildBuilds } from "@lockmaster/aws/codebuild/builds.ts";
import { codebuildClient } from "@lockmaster/aws/codebuild/client.ts";
import { dynamodbClient } from "@lockmaster/aws/ledger/client.ts";
import { executionStarter, executionStopper } from "@lockmaster/aws/stepfunctions/executions.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { secretsManagerClient } from "@lockmaster/aws/secretsmanager/client.ts";
import { secretsManagerSecrets } from "@lockmaster/aws/secretsmanager/secrets.ts";
import { sfnClient } from "@lockmaster/aws/stepfunctions/client.ts";
import { closePullRequest } from "@lockmaster/core/checks/close-pull-request.ts";
import { createWebhook } from "@lockmaster/github/webhook.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { httpFunction } from "@lockmaster/lambda/http.ts";
import * as v from "valibot";

const settings = loadEnvironment(
  v.object({
    LEDGER_TABLE: v.string(),
    STATE_MACHINE_ARN: v.string(),
    WEBHOOK_SECRET_ID: v.string(),
    BUILD_PROJECT_PREFIX: v.string(),
  }),
  process.env,
);

// GitHub waits ten seconds: what does not answer soon is better answered by a redelivery.
const limits = { connectionMilliseconds: 500, requestMilliseconds: 1_500 };
const secrets = secretsManagerSecrets(secretsManagerClient(limits));
const ledger = dynamodbLedger(dynamodbClient(limits), settings.LEDGER_TABLE);
const stepFunctions = sfnClient(limits);
const checks = {
  ledger,
  builds: codebuildBuilds(codebuildClient(limits)),
  executions: executionStopper(stepFunctions),
  buildProjectPrefix: settings.BUILD_PROJECT_PREFIX,
};

const webhook = createWebhook({
  secret: {
    current: () => secrets.read(settings.WEBHOOK_SECRET_ID),
    previous: () => secrets.readPrevious(settings.WEBHOOK_SECRET_ID),
  },
  configurations: ledger,
  executions: executionStarter(stepFunctions, settings.STATE_MACHINE_ARN),
  closePullRequest: (closed, images) => closePullRequest(checks, closed, images),
});

/** Answers GitHub's webhook deliveries: believes the signed ones, and starts what a push or pull request asks for. */
export const handler = httpFunction(
  {
    // Lambda takes 6 MB, base64 and envelope included.
    maxBodyBytes: 5 * 1024 * 1024,
    reserveMs: 500,
    logHeaders: ["x-github-event", "x-github-delivery"],
  },
  webhook,
);
