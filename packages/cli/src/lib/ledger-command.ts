import type { Command } from "commander";
import { openLedger, withLedgerOptions, type LedgerAccess, type LedgerOptions } from "./ledger-access.ts";
import { operatorCommand, type OperatorAction } from "./operator-command.ts";

/** The options that every ledger command has. */
export type LedgerCommandOptions = LedgerOptions & { json?: true };

type LedgerAction<Result> = Omit<OperatorAction<Result>, "run"> & {
  run: (access: LedgerAccess, ...context: Parameters<OperatorAction<Result>["run"]>) => Promise<Result>;
};

/** Adds the options of every ledger command, and the action: it opens the ledger, runs, prints and closes. */
export function ledgerCommand<Result>(
  command: Command,
  settingsFile: string,
  { run, ...output }: LedgerAction<Result>,
): Command {
  return operatorCommand(withLedgerOptions(command), {
    ...output,
    run: async (...context) => {
      const access = await openLedger(command.opts<LedgerCommandOptions>(), settingsFile);
      try {
        return await run(access, ...context);
      } finally {
        access.close();
      }
    },
  });
}
