import type { Command } from "commander";
import { explainError, UsageError } from "./operator-errors.ts";
import { terminalText } from "./terminal-text.ts";

export type OperatorAction<Result> = {
  /** @param progress prints a line on stderr before a slow part */
  run: (args: readonly string[], progress: (text: string) => void) => Promise<Result>;
  /** The result as text, with line ends. */
  describe: (result: Result) => string;
  /** The exit code, if the result decides it; errors exit with 1. */
  exitCode?: (result: Result) => number;
};

/** Adds the action that all operators' commands share: print the result as text or JSON, or the error's explanation. */
export function operatorCommand<Result>(
  command: Command,
  { run, describe, exitCode }: OperatorAction<Result>,
): Command {
  return command.option("--json", "print the result as JSON").action(async () => {
    try {
      const result = await run(command.args, (text) => command.configureOutput().writeErr?.(`${text}\n`));
      const text = command.opts<{ json?: true }>().json ? `${JSON.stringify(result)}\n` : describe(result);
      process.stdout.write(terminalText(text));
      if (exitCode !== undefined) process.exitCode = exitCode(result);
    } catch (error) {
      command.error(terminalText(`error: ${explainError(error)}`), { exitCode: error instanceof UsageError ? 2 : 1 });
    }
  });
}
