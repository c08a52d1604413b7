import { CommanderError, type Command } from "commander";

/**
 * Makes a command and its subcommands throw a `CommanderError` with the exit code: 2 for a wrong call, as commands of the shell do.
 * A wrong call also prints how to get help.
 *
 * @param path of the command as an operator types it: ` waivers list`
 */
export function endWithUsage(command: Command, path = ""): void {
  command.exitOverride((error) => {
    if (!isUsage(error)) throw error;
    // Without a subcommand, commander has already printed the help.
    if (error.code !== "commander.help") {
      command.configureOutput().writeErr?.(`Its options: npm run lockmaster --${path} --help\n`);
    }
    throw new CommanderError(2, error.code, error.message);
  });
  for (const each of command.commands) endWithUsage(each, `${path} ${each.name()}`);
}

/** Whether commander itself found the error; errors that a command reports have the code `commander.error`. */
const isUsage = ({ code, exitCode }: CommanderError): boolean => code !== "commander.error" && exitCode !== 0;
