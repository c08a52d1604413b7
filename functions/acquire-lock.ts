import { dynamodbClient } from "@lockmaster/aws/ledger/client.ts";
import { executionStatus, taskTokens } from "@lockmaster/aws/stepfunctions/executions.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { secretsManagerClient } from "@lockmaster/aws/secretsmanager/client.ts";
import { secretsManagerSecrets } from "@lockmaster/aws/secretsmanager/secrets.ts";
import { sfnClient } from "@lockmaster/aws/stepfunctions/client.ts";
import { acquireLock } from "@lockmaster/core/lock/acquire-lock.ts";
import { AcquireLockInput } from "@lockmaster/core/contract/steps.ts";
import { githubChanges } from "@lockmaster/github/compare.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { embeddedMetrics } from "@lockmaster/lambda/metrics.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";

const environment = loadEnvironment(
  v.object({
    LEDGER_TABLE: v.string(),
    METRIC_NAMESPACE: v.string(),
    GITHUB_API_URL: v.optional(v.pipe(v.string(), v.url()), "https://api.github.com"),
    GITHUB_CREDENTIALS_ID: v.string(),
  }),
  process.env,
);
const stepFunctions = sfnClient();
const ports = {
  ledger: dynamodbLedger(dynamodbClient(), environment.LEDGER_TABLE),
  executions: executionStatus(stepFunctions),
  tokens: taskTokens(stepFunctions),
};
const secrets = secretsManagerSecrets(secretsManagerClient());
const metrics = embeddedMetrics(environment.METRIC_NAMESPACE);

/** Gets the environment for a release, or its place among those that wait; the task token is told, now or when it is free. */
export const handler = step(AcquireLockInput, async (input, { now }) => {
  const changes = githubChanges({
    baseUrl: environment.GITHUB_API_URL,
    secret: () => secrets.find(environment.GITHUB_CREDENTIALS_ID),
  });
  const progress = await acquireLock({ ...ports, changes }, input, now());
  if (progress.waitedSeconds !== undefined) {
    const { id: release, repository, environment: name, kind } = input.release;
    const waited = { metric: "PhaseDuration", of: "queue", value: progress.waitedSeconds } as const;
    metrics.record([waited], { release, repository, environment: name, kind });
  }
  return progress;
});
