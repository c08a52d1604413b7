import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SFNClient } from "@aws-sdk/client-sfn";
import { STSClient } from "@aws-sdk/client-sts";
import { cloudwatchAlarms } from "@lockmaster/aws/cloudwatch/alarms.ts";
import { ecsObservations } from "@lockmaster/aws/ecs/observations.ts";
import { ecsInspection } from "@lockmaster/aws/ecs/services.ts";
import { ecsTaskDefinitions } from "@lockmaster/aws/ecs/task-definitions.ts";
import { executionStatus } from "@lockmaster/aws/stepfunctions/executions.ts";
import { ecrRegistry } from "@lockmaster/aws/ecr/registry.ts";
import { secretsManagerSecrets } from "@lockmaster/aws/secretsmanager/secrets.ts";
import { assumedRole } from "@lockmaster/aws/sts/sessions.ts";
import { ecrVersionTags } from "@lockmaster/aws/ecr/version-tags.ts";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import type { PreviewPorts } from "@lockmaster/core/plan/preview-release.ts";
import { githubChanges } from "@lockmaster/github/compare.ts";
import { namesOf } from "@lockmaster/installation/topology/names.ts";
import { installationPrefix } from "../lib/installation-prefix.ts";
import type { LedgerAccess } from "../lib/ledger-access.ts";
import type { ClientConfig } from "../lib/operator-clients.ts";

/** Read-only ports; `close` closes their clients. */
export type ReadingPorts = { ports: PreviewPorts; close(): void };

/**
 * The adapters that plan-release and deploy-service use, with the operator's credentials.
 *
 * @param githubApi base URL of GitHub's REST API
 */
export function readingPorts(
  { ledger, clients, table }: LedgerAccess,
  environment: EnvironmentConfiguration,
  githubApi: string,
): ReadingPorts {
  const environmentClients = environmentConfig(clients, environment);
  const ecs = new ECSClient(environmentClients);
  const ecr = new ECRClient(clients);
  const stepFunctions = new SFNClient(clients);
  const secretsManager = new SecretsManagerClient(clients);
  const cloudwatch = new CloudWatchClient(environmentClients);
  return {
    ports: {
      ledger,
      services: ecsInspection(ecs),
      ecs: ecsObservations(ecs),
      alarms: cloudwatchAlarms(() => cloudwatch),
      taskDefinitions: ecsTaskDefinitions(ecs),
      registry: ecrRegistry(ecr),
      versionTags: ecrVersionTags(ecr),
      executions: executionStatus(stepFunctions),
      changes: githubChanges({ baseUrl: githubApi, secret: githubSecret(secretsManager, clients, table) }),
    },
    close: () => [ecs, ecr, stepFunctions, secretsManager, cloudwatch].forEach((client) => client.destroy()),
  };
}

/** An environment in another account or region is read with the role that Lockmaster itself assumes. */
function environmentConfig(clients: ClientConfig, { account }: EnvironmentConfiguration) {
  if (account === undefined) return clients;
  const credentials = assumedRole(new STSClient(clients), { role: account.role, name: "lockmaster-plan" });
  return { ...clients, credentials, ...(account.region !== undefined && { region: account.region }) };
}

/** The operator's GITHUB_TOKEN, or else Lockmaster's credentials, which the operator may not be permitted to read. */
function githubSecret(client: SecretsManagerClient, { endpoint }: ClientConfig, table: string) {
  const token = process.env["GITHUB_TOKEN"];
  const operators =
    endpoint === undefined && token !== undefined && token !== "" ? JSON.stringify({ token }) : undefined;
  return async () =>
    operators ?? (await secretsManagerSecrets(client).find(namesOf(installationPrefix(table)).githubCredentials));
}
