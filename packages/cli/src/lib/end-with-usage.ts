import { CommanderError, type Command } from "commander";

/**
 * Has a command, and all below it, throw a `CommanderError` with the code that the process is to end with, 2 for a call that cannot
 * be, as the shell's own commands do. Such a call is told where to look.
 *
 * @param path names of the command and of those above it, as one types them: ` waivers list`
 */
export function endWithUsage(command: Command, path = ""): void {
  command.exitOverride((error) => {
    if (!isUsage(error)) throw error;
    // For a group of commands alone, commander has printed the help itself.
    if (error.code !== "commander.help") {
      command.configureOutput().writeErr?.(`What it takes: npm run lockmaster --${path} --help\n`);
    }
    throw new CommanderError(2, error.code, error.message);
  });
  for (const each of command.commands) endWithUsage(each, `${path} ${each.name()}`);
}

/** Whether commander found it; what a command says of itself bears the code `commander.error`. */
const isUsage = ({ code, exitCode }: CommanderError): boolean => code !== "commander.error" && exitCode !== 0;
