import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SFNClient } from "@aws-sdk/client-sfn";
import { executionStarter, taskTokens } from "@lockmaster/aws/executions.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger.ts";
import { callerArn } from "@lockmaster/aws/sts-caller.ts";
import type { Executions } from "@lockmaster/core/ports.ts";
import type { Command } from "commander";
import { readLocalSettings } from "./local-settings.ts";

export type LedgerOptions = { table?: string; endpointUrl?: string };

/** The ledger, reached with the operator's own credentials. */
export type LedgerAccess = {
  ledger: ReturnType<typeof dynamodbLedger>;
  /** To wake releases that wait. */
  tokens: Pick<Executions, "succeedTask">;
  /**
   * Starts executions of a state machine; the local AWS's when none is named, while one runs.
   *
   * @throws Error with the remedy, when there is none
   */
  executions(stateMachineArn: string | undefined): Pick<Executions, "start">;
  /** ARN of the operator, as AWS knows the credentials. */
  caller(): Promise<string>;
  close(): void;
};

/** Adds the options by which a command finds the ledger. */
export function withLedgerOptions(command: Command): Command {
  return command
    .option("--table <name>", "the ledger's table (default: the local AWS's, while one runs)")
    .option("--endpoint-url <url>", "another address of AWS's, as AWS_ENDPOINT_URL");
}

/**
 * Opens the ledger in the table that is named, with credentials, region and endpoint as the AWS CLI finds them; where none
 * is named, in the local AWS that runs.
 */
export async function openLedger({ table, endpointUrl }: LedgerOptions, settingsFile: string): Promise<LedgerAccess> {
  if (endpointUrl !== undefined && table === undefined)
    throw new Error("--endpoint-url needs --table, the table there");
  if (table !== undefined) return access(table, endpointUrl === undefined ? {} : { endpoint: endpointUrl });
  const local = await readLocalSettings(settingsFile, "give --table");
  const { endpoint, region, ledgerTable, stateMachineArn } = local;
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return access(ledgerTable, { endpoint, region, credentials }, stateMachineArn);
}

type ClientOptions = {
  endpoint?: string;
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
};

function access(table: string, options: ClientOptions, localStateMachine?: string): LedgerAccess {
  const dynamodb = new DynamoDBClient(options);
  const stepFunctions = new SFNClient(options);
  return {
    ledger: dynamodbLedger(dynamodb, table),
    caller: () => callerArn(options),
    tokens: taskTokens(stepFunctions),
    executions: (stateMachineArn = localStateMachine) => {
      if (stateMachineArn === undefined) throw new Error("--table needs --state-machine, Lockmaster's there");
      return executionStarter(stepFunctions, stateMachineArn);
    },
    close: () => {
      dynamodb.destroy();
      stepFunctions.destroy();
    },
  };
}
