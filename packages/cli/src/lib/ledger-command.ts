import type { Command } from "commander";
import { openLedger, withLedgerOptions, type LedgerAccess, type LedgerOptions } from "./ledger-access.ts";
import { operatorCommand, type OperatorAction } from "./operator-command.ts";

/** The options that each of these commands takes beside its own. */
export type LedgerCommandOptions = LedgerOptions & { json?: true };

type LedgerAction<Result> = Omit<OperatorAction<Result>, "run"> & {
  run: (access: LedgerAccess, ...context: Parameters<OperatorAction<Result>["run"]>) => Promise<Result>;
};

/** Gives a command the options by which all commands of the ledger find its table, and the manners of operators' commands. */
export function ledgerCommand<Result>(
  command: Command,
  settingsFile: string,
  { run, ...manners }: LedgerAction<Result>,
): Command {
  return operatorCommand(withLedgerOptions(command), {
    ...manners,
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
