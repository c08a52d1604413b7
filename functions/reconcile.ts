import { secretsManagerClient } from "@lockmaster/aws/secretsmanager/client.ts";
import { secretsManagerSecrets } from "@lockmaster/aws/secretsmanager/secrets.ts";
import { recoveryPorts } from "@lockmaster/aws/recovery/recovery-ports.ts";
import { reconcile, reconcileMeasurements } from "@lockmaster/core/recover/reconcile.ts";
import { githubDeliveries } from "@lockmaster/github/deliveries.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { logAbandoned } from "@lockmaster/lambda/log.ts";
import { embeddedMetrics } from "@lockmaster/lambda/metrics.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";

const environment = loadEnvironment(
  v.object({
    LEDGER_TABLE: v.string(),
    STATE_MACHINE_ARN: v.string(),
    BUILD_PROJECT_PREFIX: v.string(),
    METRIC_NAMESPACE: v.string(),
    GITHUB_API_URL: v.optional(v.pipe(v.string(), v.url()), "https://api.github.com"),
    GITHUB_CREDENTIALS_ID: v.string(),
  }),
  process.env,
);
const metrics = embeddedMetrics(environment.METRIC_NAMESPACE);
const ports = recoveryPorts({
  ledgerTable: environment.LEDGER_TABLE,
  stateMachineArn: environment.STATE_MACHINE_ARN,
  buildProjectPrefix: environment.BUILD_PROJECT_PREFIX,
  metrics,
});
const secrets = secretsManagerSecrets(secretsManagerClient());

/** One thing more may take so long, with the SDK's own retries. */
const reserveMs = 12_000;

/** Every few minutes: finds what events have missed. */
export const handler = step(v.unknown(), async (_, { now, log, remainingMs }) => {
  const failed = (subject: string, error: unknown): undefined => {
    log.warn("Not done, and tried again by the next run", { subject, problem: String(error) });
    return undefined;
  };
  const deliveries = await githubDeliveries({
    baseUrl: environment.GITHUB_API_URL,
    secret: () => secrets.find(environment.GITHUB_CREDENTIALS_ID),
  }).catch((error: unknown) => failed("GitHub's credentials", error));
  const reconciled = await reconcile(
    { ...ports, logAbandoned: logAbandoned(log), ...(deliveries !== undefined && { deliveries }) },
    { now, hasTime: () => remainingMs() > reserveMs, failed },
  );
  metrics.record(reconcileMeasurements(reconciled));
  return reconciled;
});
