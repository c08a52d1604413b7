import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SFNClient } from "@aws-sdk/client-sfn";
import { executionStarter, taskTokens } from "@lockmaster/aws/stepfunctions/executions.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { callerArn } from "@lockmaster/aws/sts/caller.ts";
import type { Executions } from "@lockmaster/core/contract/executions.ts";
import type { Command } from "commander";
import { installedFile, localFile } from "./configuration-file.ts";
import { readLocalSettings, type LocalSettings } from "./local-settings.ts";
import { clientConfig, withOperatorOptions, type ClientConfig, type OperatorOptions } from "./operator-clients.ts";
import { UsageError } from "./operator-errors.ts";

export type LedgerOptions = OperatorOptions & { table?: string };

/** The ledger and what a command needs beside it, with the operator's credentials. */
export type LedgerAccess = {
  ledger: ReturnType<typeof dynamodbLedger>;
  table: string;
  /** Configuration for clients of other services: the same account and region, with the same credentials. */
  clients: ClientConfig;
  /** Base URL of the local GitHub's REST API; undefined unless the ledger is the local AWS's. */
  githubApi: string | undefined;
  /**
   * Path of the configuration file that the local AWS runs, or else of the user's.
   *
   * @throws UsageError when there is none
   */
  configurationFile: () => string;
  /** Resumes waiting releases. */
  tokens: Pick<Executions, "succeedTask">;
  /**
   * Starts executions of a state machine, by default the local AWS's.
   *
   * @throws UsageError when no state machine is named and the ledger is not the local AWS's
   */
  executions(stateMachineArn: string | undefined): Pick<Executions, "start">;
  /** ARN that AWS has for the operator's credentials. */
  caller(): Promise<string>;
  close(): void;
};

/** Adds the options that select the ledger. */
export function withLedgerOptions(command: Command): Command {
  return withOperatorOptions(command.option("--table <name>", "the ledger's table (default: the running local AWS's)"));
}

/** Opens the named table with credentials, region and endpoint as the AWS CLI finds them; without a name, the running local AWS's. */
export async function openLedger({ table, ...options }: LedgerOptions, settingsFile: string): Promise<LedgerAccess> {
  if (options.endpointUrl !== undefined && table === undefined)
    throw new UsageError("--endpoint-url needs --table: name the ledger's table at that endpoint");
  if (table !== undefined) return access(table, clientConfig(options));
  const local = await readLocalSettings(settingsFile, "give --table");
  return access(local.ledgerTable, clientConfig({ endpointUrl: local.endpoint, region: local.region }), local);
}

function access(table: string, clients: ClientConfig, local?: LocalSettings): LedgerAccess {
  const dynamodb = new DynamoDBClient(clients);
  const stepFunctions = new SFNClient(clients);
  return {
    ledger: dynamodbLedger(dynamodb, table),
    table,
    clients,
    githubApi: local?.githubApi,
    configurationFile: () => (local === undefined ? installedFile() : (local.configuration ?? localFile())),
    caller: () => callerArn(clients),
    tokens: taskTokens(stepFunctions),
    executions: (stateMachineArn = local?.stateMachineArn) => {
      if (stateMachineArn === undefined)
        throw new UsageError("--table needs --state-machine: name the ARN of Lockmaster's state machine");
      return executionStarter(stepFunctions, stateMachineArn);
    },
    close: () => {
      dynamodb.destroy();
      stepFunctions.destroy();
    },
  };
}
