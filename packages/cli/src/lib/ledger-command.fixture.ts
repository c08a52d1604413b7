import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateStateMachineCommand, SFNClient } from "@aws-sdk/client-sfn";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { createLedger } from "@lockmaster/installation/topology/ledger-table.ts";
import { type ExecutionView, type LocalAws, startLocalAws } from "@lockmaster/local-aws";
import { Command, CommanderError } from "commander";
import { onTestFinished, vi } from "vitest";
import { endWithUsage } from "./end-with-usage.ts";

/** Commands with a local AWS and an empty ledger. */
export type LedgerCommands = {
  ledger: ReturnType<typeof dynamodbLedger>;
  endpoint: string;
  /** An execution of the state machine, which succeeds at once. */
  execution: (executionArn: string) => ExecutionView;
  /** Names the local AWS to the commands. */
  settingsFile: string;
  /** Runs `lockmaster …`. */
  lockmaster: (...args: string[]) => Promise<{ exitCode: number; printed: string; complaint: string }>;
};

/** For one test: closes and removes everything when the test has finished. */
export async function openLedgerCommands(make: (settingsFile: string) => Command[]): Promise<LedgerCommands> {
  const aws = await startLocalAws();
  const dynamodb = new DynamoDBClient(aws.clientConfig());
  const folder = await mkdtemp(join(tmpdir(), "lockmaster-ledger-"));
  onTestFinished(async () => {
    dynamodb.destroy();
    await aws.close();
    await rm(folder, { recursive: true });
  });
  const { endpoint, region } = aws;
  const ledgerTable = "ledger";
  await createLedger(dynamodb, ledgerTable);
  const settingsFile = join(folder, "local.json");
  const stateMachineArn = await createStateMachine(aws);
  const settings = {
    endpoint,
    region,
    ledgerTable,
    stateMachineArn,
    githubApi: endpoint,
    webhookUrl: endpoint,
    webhookSecret: "secret",
  };
  await writeFile(settingsFile, JSON.stringify(settings));
  return {
    ledger: dynamodbLedger(dynamodb, ledgerTable),
    endpoint,
    execution: (executionArn) => aws.stepFunctions.execution(executionArn),
    settingsFile,
    lockmaster: (...args) => run(make(settingsFile), args),
  };
}

/** A state machine that succeeds at once: tests check the input only. */
async function createStateMachine(aws: LocalAws): Promise<string> {
  const stepFunctions = new SFNClient(aws.clientConfig());
  const { stateMachineArn = "" } = await stepFunctions.send(
    new CreateStateMachineCommand({
      name: "release",
      roleArn: `arn:aws:iam::${aws.accountId}:role/release`,
      definition: JSON.stringify({
        QueryLanguage: "JSONata",
        StartAt: "Done",
        States: { Done: { Type: "Succeed" } },
      }),
    }),
  );
  stepFunctions.destroy();
  return stateMachineArn;
}

/** Runs `lockmaster …` with these commands. @returns the exit code, stdout (`printed`) and stderr (`complaint`) */
export async function run(commands: readonly Command[], args: readonly string[]) {
  let printed = "";
  let complaint = "";
  const stdout = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    printed += String(chunk);
    return true;
  });
  const main = new Command("lockmaster");
  for (const command of commands) main.addCommand(command);
  for (const command of commands.flatMap((each) => [each, ...each.commands])) {
    command.configureOutput({ writeErr: (text) => (complaint += text) });
  }
  endWithUsage(main);
  try {
    await main.parseAsync(args, { from: "user" });
    return { exitCode: Number(process.exitCode ?? 0), printed, complaint };
  } catch (error) {
    if (error instanceof CommanderError) return { exitCode: error.exitCode, printed, complaint };
    throw error;
  } finally {
    stdout.mockRestore();
    process.exitCode = undefined;
  }
}
