import type { Command } from "commander";
import { explainError, UsageError } from "./operator-errors.ts";

export type OperatorAction<Result> = {
  /** @param progress says on stderr what takes its time */
  run: (args: readonly string[], progress: (text: string) => void) => Promise<Result>;
  /** The result for people, lines and all. */
  describe: (result: Result) => string;
  /** What the process ends with, where the result decides that; 1 stays for what went wrong. */
  exitCode?: (result: Result) => number;
};

/**
 * Gives a command the manners that all commands of operators share: they print for people or as JSON, and end with the message
 * of what went wrong.
 */
export function operatorCommand<Result>(
  command: Command,
  { run, describe, exitCode }: OperatorAction<Result>,
): Command {
  return command.option("--json", "print it as JSON").action(async () => {
    try {
      const result = await run(command.args, (text) => command.configureOutput().writeErr?.(`${text}\n`));
      process.stdout.write(command.opts<{ json?: true }>().json ? `${JSON.stringify(result)}\n` : describe(result));
      if (exitCode !== undefined) process.exitCode = exitCode(result);
    } catch (error) {
      command.error(`error: ${explainError(error)}`, { exitCode: error instanceof UsageError ? 2 : 1 });
    }
  });
}
