import type { Command } from "commander";
import { openLedger, withLedgerOptions, type LedgerAccess, type LedgerOptions } from "./ledger-access.ts";

/** The options that each of these commands takes beside its own. */
export type LedgerCommandOptions = LedgerOptions & { json?: true };

type LedgerAction<Result> = {
  run: (access: LedgerAccess, args: readonly string[]) => Promise<Result>;
  /** The result for people, lines and all. */
  describe: (result: Result) => string;
};

/**
 * Gives a command the options and the manners that all commands of the ledger share: they find its table, print for people
 * or as JSON, and end with the message of what went wrong.
 */
export function ledgerCommand<Result>(
  command: Command,
  settingsFile: string,
  { run, describe }: LedgerAction<Result>,
): Command {
  return withLedgerOptions(command)
    .option("--json", "print it as JSON")
    .action(async () => {
      let access: LedgerAccess | undefined;
      try {
        const options = command.opts<LedgerCommandOptions>();
        access = await openLedger(options, settingsFile);
        const result = await run(access, command.args);
        process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : describe(result));
      } catch (error) {
        command.error(`error: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        access?.close();
      }
    });
}
