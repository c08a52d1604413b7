import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CreateStateMachineCommand, SFNClient } from "@aws-sdk/client-sfn";
import { patternText } from "@lockmaster/installation/topology/event-pattern.ts";
import { arnsOf, namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";
import { fillPlaceholders } from "@lockmaster/installation/topology/placeholders.ts";
import {
  functionNames,
  functions,
  rules,
  schedules,
  stateMachine,
  type FunctionDescription,
  type Reference,
} from "@lockmaster/installation/topology/topology.ts";
import { createLedger } from "@lockmaster/installation/topology/ledger-table.ts";
import type { LocalAws } from "@lockmaster/local-aws";

export type InstallOptions = {
  /** The repository's root: `file` in the topology is relative to it. */
  root: string;
  /** Prefix of every name that is created. */
  prefix: string;
  /** The secret that GitHub signs deliveries with. */
  webhookSecret: string;
  /** Content of the secret with GitHub's credentials; without it the secret has no value. */
  githubCredentials?: string;
};

export type Installation = {
  ledgerTable: string;
  stateMachineArn: string;
  /** The URL that GitHub would post to. */
  webhookUrl: string;
  /** Base URL of the local GitHub's REST API. */
  githubApi: string;
  buildProjectPrefix: string;
};

/**
 * Installs Lockmaster in a local AWS as a deployment does in AWS: table, secrets, functions, rules and state machine, with the
 * SDK. Only the functions are registered directly, and their code is bundled from the sources.
 */
export async function install(aws: LocalAws, options: InstallOptions): Promise<Installation> {
  const { prefix, root } = options;
  const names = namesOf(prefix);
  const site = { partition: "aws", region: aws.region, account: aws.accountId, prefix };
  const arns = arnsOf(site);
  const githubApi = aws.urls.github;

  await createLedgerTable(aws, names.ledgerTable);
  const references: Record<Reference, string> = {
    ledgerTable: names.ledgerTable,
    webhookSecret: await createSecret(aws, names.webhookSecret, options.webhookSecret),
    stateMachine: arns.stateMachine,
    githubCredentials: await createSecret(aws, names.githubCredentials, options.githubCredentials),
    githubApi,
    buildProjectPrefix: names.buildProjectPrefix,
    metricNamespace: names.metricNamespace,
  };
  for (const key of functionNames) {
    const { file, timeoutSeconds, memoryMegabytes, environment, publicUrl }: FunctionDescription = functions[key];
    const values = Object.entries(environment).map(([variable, { ref }]) => [variable, references[ref]]);
    aws.lambda.register(names.function(key), {
      file: join(root, file),
      timeoutSeconds,
      memoryMegabytes,
      environment: Object.fromEntries(values),
      publicUrl: publicUrl === true,
    });
  }
  await createRules(aws, site, references);
  await createStateMachine(aws, site, join(root, stateMachine.file));

  return {
    ledgerTable: names.ledgerTable,
    stateMachineArn: arns.stateMachine,
    webhookUrl: aws.urls.function(names.function("webhook")),
    githubApi,
    buildProjectPrefix: names.buildProjectPrefix,
  };
}

async function createLedgerTable(aws: LocalAws, tableName: string): Promise<void> {
  const client = new DynamoDBClient(aws.clientConfig());
  await createLedger(client, tableName);
  client.destroy();
}

/** @param value absent for a secret that gets its value later, or never */
async function createSecret(aws: LocalAws, name: string, value: string | undefined): Promise<string> {
  const client = new SecretsManagerClient(aws.clientConfig());
  const { ARN } = await client.send(new CreateSecretCommand({ Name: name, SecretString: value }));
  client.destroy();
  if (ARN === undefined) throw new Error(`CreateSecret answered no ARN for ${name}`);
  return ARN;
}

async function createRules(
  aws: LocalAws,
  site: InstallationSite,
  references: Record<Reference, string>,
): Promise<void> {
  const client = new EventBridgeClient(aws.clientConfig());
  const names = namesOf(site.prefix);
  const arns = arnsOf(site);
  const all = [
    ...Object.entries(rules).map(
      ([key, rule]) => [key, rule, { EventPattern: patternText(rule.pattern, references) }] as const,
    ),
    ...Object.entries(schedules).map(([key, rule]) => [key, rule, { ScheduleExpression: rule.rate }] as const),
  ];
  for (const [key, { description, target }, when] of all) {
    const Name = names.rule(key);
    await client.send(new PutRuleCommand({ Name, Description: description, ...when }));
    await client.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: "function", Arn: arns.function(target) }] }));
  }
  client.destroy();
}

async function createStateMachine(aws: LocalAws, site: InstallationSite, file: string): Promise<void> {
  const client = new SFNClient(aws.clientConfig());
  const name = namesOf(site.prefix).stateMachine;
  const arns = arnsOf(site);
  const values = Object.fromEntries(stateMachine.functions.map((key) => [key, arns.function(key)]));
  await client.send(
    new CreateStateMachineCommand({
      name,
      definition: fillPlaceholders(await readFile(file, "utf8"), values),
      roleArn: `arn:aws:iam::${aws.accountId}:role/${name}`,
      type: "STANDARD",
    }),
  );
  client.destroy();
}
