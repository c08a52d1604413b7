import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CreateStateMachineCommand, SFNClient } from "@aws-sdk/client-sfn";
import { patternText } from "../../../infra/event-pattern.ts";
import type { FunctionDescription, Reference, RuleDescription, ScheduleDescription } from "../../../infra/topology.ts";
import { createLedger } from "./create-ledger.ts";
import { githubPath } from "./services/github/github.ts";
import type { LocalAws } from "./start-local-aws.ts";

/** What `infra/topology.ts` describes. */
export type Topology = {
  functions: Readonly<Record<string, FunctionDescription>>;
  rules: Readonly<Record<string, RuleDescription>>;
  schedules: Readonly<Record<string, ScheduleDescription>>;
  stateMachine: { file: string; functions: readonly string[] };
};

export type InstallOptions = {
  /** The repository's root: `file` in the topology is relative to it. */
  root: string;
  topology: Topology;
  /** Begins the name of everything that is created. */
  prefix: string;
  /** What GitHub and the webhook share. */
  webhookSecret: string;
  /** Content of the secret with GitHub's credentials; without it there are none. */
  githubCredentials?: string;
};

export type Installation = {
  ledgerTable: string;
  stateMachineArn: string;
  /** Where GitHub would post to. */
  webhookUrl: string;
  buildProjectPrefix: string;
};

/**
 * Installs Lockmaster in a local AWS as a deployment would in a real one: table, secret, functions, rules and state machine,
 * all of it over the wire except the functions' code, which is bundled from the sources.
 */
export async function install(aws: LocalAws, options: InstallOptions): Promise<Installation> {
  const { topology, prefix, root } = options;
  const names = {
    ledgerTable: `${prefix}-ledger`,
    stateMachine: `${prefix}-release`,
    functionName: (key: string) => `${prefix}-${basename(functionAt(topology, key).file, ".ts")}`,
  };
  const arns = {
    function: (key: string) => `arn:aws:lambda:${aws.region}:${aws.accountId}:function:${names.functionName(key)}`,
    stateMachine: `arn:aws:states:${aws.region}:${aws.accountId}:stateMachine:${names.stateMachine}`,
  };

  await createLedgerTable(aws, names.ledgerTable);
  const references: Record<Reference, string> = {
    ledgerTable: names.ledgerTable,
    webhookSecret: await createSecret(aws, `${prefix}/webhook-secret`, options.webhookSecret),
    stateMachine: arns.stateMachine,
    githubCredentials: await createSecret(aws, `${prefix}/github-credentials`, options.githubCredentials),
    githubApi: `${aws.endpoint}${githubPath}`,
    buildProjectPrefix: `${prefix}-`,
    metricNamespace: `Lockmaster/${prefix}`,
  };

  for (const [key, description] of Object.entries(topology.functions)) {
    aws.lambda.register(names.functionName(key), {
      file: join(root, description.file),
      timeoutSeconds: description.timeoutSeconds,
      memoryMegabytes: description.memoryMegabytes,
      environment: Object.fromEntries(
        Object.entries(description.environment).map(([variable, { ref }]) => [variable, references[ref]]),
      ),
    });
  }
  await createRules(aws, topology, { prefix, references, functionArn: arns.function });
  await createStateMachine(aws, names.stateMachine, join(root, topology.stateMachine.file), arns.function);

  const webhook = Object.entries(topology.functions).find(([, description]) => description.publicUrl === true);
  if (webhook === undefined)
    throw new Error("The topology has no function with a public URL: nothing can receive GitHub's webhooks.");
  return {
    ledgerTable: names.ledgerTable,
    stateMachineArn: arns.stateMachine,
    webhookUrl: `${aws.endpoint}/lambda-url/${names.functionName(webhook[0])}/`,
    buildProjectPrefix: references.buildProjectPrefix,
  };
}

function functionAt(topology: Topology, key: string): FunctionDescription {
  const description = topology.functions[key];
  if (description === undefined) throw new Error(`The topology has no function "${key}".`);
  return description;
}

async function createLedgerTable(aws: LocalAws, tableName: string): Promise<void> {
  const client = new DynamoDBClient(aws.clientConfig());
  await createLedger(client, tableName);
  client.destroy();
}

/** @param value absent for a secret that somebody may give one later */
async function createSecret(aws: LocalAws, name: string, value: string | undefined): Promise<string> {
  const client = new SecretsManagerClient(aws.clientConfig());
  const { ARN } = await client.send(new CreateSecretCommand({ Name: name, SecretString: value }));
  client.destroy();
  if (ARN === undefined) throw new Error("CreateSecret answered no ARN.");
  return ARN;
}

async function createRules(
  aws: LocalAws,
  topology: Topology,
  {
    prefix,
    references,
    functionArn,
  }: { prefix: string; references: Record<Reference, string>; functionArn: (key: string) => string },
): Promise<void> {
  const client = new EventBridgeClient(aws.clientConfig());
  const rules = [
    ...Object.entries(topology.rules).map(
      ([key, rule]) => [key, rule, { EventPattern: patternText(rule.pattern, references) }] as const,
    ),
    ...Object.entries(topology.schedules).map(([key, rule]) => [key, rule, { ScheduleExpression: rule.rate }] as const),
  ];
  for (const [key, { description, target }, when] of rules) {
    const Name = `${prefix}-${key}`;
    await client.send(new PutRuleCommand({ Name, Description: description, ...when }));
    await client.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: "function", Arn: functionArn(target) }] }));
  }
  client.destroy();
}

async function createStateMachine(
  aws: LocalAws,
  name: string,
  file: string,
  functionArn: (key: string) => string,
): Promise<void> {
  const client = new SFNClient(aws.clientConfig());
  const definition = (await readFile(file, "utf8")).replaceAll(/\$\{(\w+)\}/g, (_, key: string) => functionArn(key));
  await client.send(
    new CreateStateMachineCommand({
      name,
      definition,
      roleArn: `arn:aws:iam::${aws.accountId}:role/${name}`,
      type: "STANDARD",
    }),
  );
  client.destroy();
}
