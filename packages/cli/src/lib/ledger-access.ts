import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SFNClient } from "@aws-sdk/client-sfn";
import { executionStarter, taskTokens } from "@lockmaster/aws/stepfunctions/executions.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { callerArn } from "@lockmaster/aws/sts/caller.ts";
import type { Executions } from "@lockmaster/core/contract/executions.ts";
import type { Command } from "commander";
import { readLocalSettings } from "./local-settings.ts";
import { clientConfig, withOperatorOptions, type ClientConfig, type OperatorOptions } from "./operator-clients.ts";
import { UsageError } from "./operator-errors.ts";

export type LedgerOptions = OperatorOptions & { table?: string };

/** The ledger, reached with the operator's own credentials. */
export type LedgerAccess = {
  ledger: ReturnType<typeof dynamodbLedger>;
  table: string;
  /** For clients of other services: the same place, with the same credentials. */
  clients: ClientConfig;
  /** To wake releases that wait. */
  tokens: Pick<Executions, "succeedTask">;
  /**
   * Starts executions of a state machine; the local AWS's when none is named, while one runs.
   *
   * @throws UsageError with the remedy, when there is none
   */
  executions(stateMachineArn: string | undefined): Pick<Executions, "start">;
  /** ARN of the operator, as AWS knows the credentials. */
  caller(): Promise<string>;
  close(): void;
};

/** Adds the options by which a command finds the ledger. */
export function withLedgerOptions(command: Command): Command {
  return withOperatorOptions(
    command.option("--table <name>", "the ledger's table (default: the local AWS's, while one runs)"),
  );
}

/**
 * Opens the ledger in the table that is named, with credentials, region and endpoint as the AWS CLI finds them; where none
 * is named, in the local AWS that runs.
 */
export async function openLedger({ table, ...options }: LedgerOptions, settingsFile: string): Promise<LedgerAccess> {
  if (options.endpointUrl !== undefined && table === undefined)
    throw new UsageError("--endpoint-url needs --table, the table there");
  if (table !== undefined) return access(table, clientConfig(options));
  const local = await readLocalSettings(settingsFile, "give --table");
  const { endpoint, region, ledgerTable, stateMachineArn } = local;
  return access(ledgerTable, clientConfig({ endpointUrl: endpoint, region }), stateMachineArn);
}

function access(table: string, clients: ClientConfig, localStateMachine?: string): LedgerAccess {
  const dynamodb = new DynamoDBClient(clients);
  const stepFunctions = new SFNClient(clients);
  return {
    ledger: dynamodbLedger(dynamodb, table),
    table,
    clients,
    caller: () => callerArn(clients),
    tokens: taskTokens(stepFunctions),
    executions: (stateMachineArn = localStateMachine) => {
      if (stateMachineArn === undefined) throw new UsageError("--table needs --state-machine, Lockmaster's there");
      return executionStarter(stepFunctions, stateMachineArn);
    },
    close: () => {
      dynamodb.destroy();
      stepFunctions.destroy();
    },
  };
}
