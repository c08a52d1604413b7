import { dynamodbClient, dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { executionStatus, sfnClient, taskTokens } from "@lockmaster/aws/stepfunctions/executions.ts";
import { AcquireLockInput } from "@lockmaster/core/contract/steps.ts";
import { acquireLock } from "@lockmaster/core/lock/acquire-lock.ts";
import { githubChanges } from "@lockmaster/github/compare.ts";
import { embeddedMetrics } from "@lockmaster/lambda/metrics.ts";
import { readSettings } from "@lockmaster/lambda/settings.ts";
import { step } from "@lockmaster/lambda/step.ts";
import { githubSource } from "./composition/github-source.ts";

const settings = readSettings(["LEDGER_TABLE", "METRIC_NAMESPACE", "GITHUB_API_URL", "GITHUB_CREDENTIALS_ID"]);
const stepFunctions = sfnClient();
const ports = {
  ledger: dynamodbLedger(dynamodbClient(), settings.LEDGER_TABLE),
  executions: executionStatus(stepFunctions),
  tokens: taskTokens(stepFunctions),
};
const github = githubSource(settings);
const metrics = embeddedMetrics(settings.METRIC_NAMESPACE);

/** Acquires the lock of the environment, or queues the release for it; completes the task token now or once it is free. */
export const handler = step(AcquireLockInput, async (input, { now }) => {
  const progress = await acquireLock({ ...ports, changes: githubChanges(github) }, input, now());
  if (progress.waitedSeconds !== undefined) {
    const { id: release, repository, environment, kind } = input.release;
    const waited = { metric: "PhaseDuration", of: "queue", value: progress.waitedSeconds } as const;
    metrics.record([waited], { release, repository, environment, kind });
  }
  return progress;
});
