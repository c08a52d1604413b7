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
import type { StoredConfiguration } from "@lockmaster/core/config/stored.ts";
import type { PreviewPorts } from "@lockmaster/core/plan/preview-release.ts";
import { githubChanges } from "@lockmaster/github/compare.ts";
import { githubPath } from "@lockmaster/local-aws/services/github/github.ts";
import { namesOf } from "@lockmaster/installation/topology/names.ts";
import type { LedgerAccess } from "../lib/ledger-access.ts";
import type { ClientConfig } from "../lib/operator-clients.ts";

/** Ports of which only what reads can be reached, and what is to be closed after them. */
export type ReadingPorts = { ports: PreviewPorts; close(): void };

/**
 * The adapters of plan-release and deploy-service, with the operator's credentials.
 *
 * @param configuration in place of what the ledger holds
 */
export function readingPorts(
  { ledger, clients, table }: LedgerAccess,
  configuration: (repository: string) => Promise<StoredConfiguration | undefined>,
  environment: EnvironmentConfiguration,
): ReadingPorts {
  const there = configOf(clients, environment);
  const ecs = new ECSClient(there);
  const ecr = new ECRClient(clients);
  const stepFunctions = new SFNClient(clients);
  const secretsManager = new SecretsManagerClient(clients);
  const cloudwatch = new CloudWatchClient(there);
  return {
    ports: {
      ledger: { ...ledger, configuration },
      services: ecsInspection(ecs),
      ecs: ecsObservations(ecs),
      alarms: cloudwatchAlarms(() => cloudwatch),
      taskDefinitions: ecsTaskDefinitions(ecs),
      registry: ecrRegistry(ecr),
      versionTags: ecrVersionTags(ecr),
      executions: executionStatus(stepFunctions),
      changes: githubChanges({ baseUrl: githubUrl(clients), secret: githubSecret(secretsManager, clients, table) }),
    },
    close: () => [ecs, ecr, stepFunctions, secretsManager, cloudwatch].forEach((client) => client.destroy()),
  };
}

/** An environment in another account, or region, is looked at from there: with the role that Lockmaster itself assumes. */
function configOf(clients: ClientConfig, { account }: EnvironmentConfiguration) {
  if (account === undefined) return clients;
  const credentials = assumedRole(new STSClient(clients), { role: account.role, name: "lockmaster-plan" });
  return { ...clients, credentials, ...(account.region !== undefined && { region: account.region }) };
}

const githubUrl = ({ endpoint }: ClientConfig): string =>
  endpoint === undefined ? (process.env["GITHUB_API_URL"] ?? "https://api.github.com") : `${endpoint}${githubPath}`;

/** Lockmaster's own credentials, or a token of the operator's, who may well not be allowed to read those. */
function githubSecret(client: SecretsManagerClient, { endpoint }: ClientConfig, table: string) {
  const token = process.env["GITHUB_TOKEN"];
  const own = endpoint === undefined && token !== undefined && token !== "" ? JSON.stringify({ token }) : undefined;
  return async () => own ?? (await secretsManagerSecrets(client).find(namesOf(prefixOf(table)).githubCredentials));
}

/** What begins the names of an installation, from its ledger's. */
function prefixOf(table: string): string {
  const end = namesOf("").ledgerTable;
  return table.endsWith(end) ? table.slice(0, -end.length) : table;
}
