import { codebuildBuilds, codebuildClient } from "@lockmaster/aws/codebuild/builds.ts";
import { dynamodbClient, dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { secretsManagerClient, secretsManagerSecrets } from "@lockmaster/aws/secretsmanager/secrets.ts";
import { executionStarter, executionStopper, sfnClient } from "@lockmaster/aws/stepfunctions/executions.ts";
import { closePullRequest } from "@lockmaster/core/checks/close-pull-request.ts";
import { createWebhook } from "@lockmaster/github/webhook.ts";
import { httpFunction } from "@lockmaster/lambda/http.ts";
import { embeddedMetrics } from "@lockmaster/lambda/metrics.ts";
import { readSettings } from "@lockmaster/lambda/settings.ts";

const settings = readSettings([
  "LEDGER_TABLE",
  "STATE_MACHINE_ARN",
  "WEBHOOK_SECRET_ID",
  "BUILD_PROJECT_PREFIX",
  "METRIC_NAMESPACE",
]);

// GitHub waits ten seconds for an answer; a call that takes longer than this is left to a redelivery.
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

const metrics = embeddedMetrics(settings.METRIC_NAMESPACE);

const webhook = createWebhook({
  secret: {
    current: () => secrets.read(settings.WEBHOOK_SECRET_ID),
    previous: () => secrets.readPrevious(settings.WEBHOOK_SECRET_ID),
  },
  configurations: ledger,
  origins: ledger,
  metrics,
  executions: executionStarter(stepFunctions, settings.STATE_MACHINE_ARN),
  closePullRequest: (closed, images) => closePullRequest(checks, closed, images),
});

/** Answers GitHub's webhook deliveries: verifies the signature and starts the releases and checks that they ask for. */
export const handler = httpFunction(
  {
    // Lambda itself accepts no more. The webhook refuses less than that, once it knows that GitHub sent it.
    maxBodyBytes: 6 * 1024 * 1024,
    reserveMs: 500,
    logHeaders: ["x-github-event", "x-github-delivery"],
    unprocessed: ({ "x-github-delivery": delivery = "unknown" }) =>
      metrics.record([{ metric: "UnprocessedDeliveries", value: 1 }], { delivery }),
  },
  webhook,
);
