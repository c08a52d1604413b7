import { CommanderError, type Command } from "commander";
import { expect, test } from "vitest";
import { lockmasterProgram } from "./program.ts";

test("every command fits on one line of 80 columns", async () => {
  const { written } = await lockmaster("--help");
  const [, list = ""] = written.split("Commands:\n");
  const listed = list.trimEnd().split("\n");
  expect(listed.map((line) => line.trim().split(/\s/)[0])).toEqual([
    ...lockmasterProgram().commands.map((command) => command.name()),
    "help",
  ]);
  for (const line of listed) expect(line.length).toBeLessThanOrEqual(80);
});

test.each([
  ["an unknown option", "local --nonsense", "unknown option", "local --help"],
  ["an invalid value", "local --port here", "Give a whole number", "local --help"],
  ["a missing option", "queue --repository acme/shop", "'--environment <name>' not specified", "queue --help"],
  ["a missing argument", "plan", "missing required argument 'environment'", "plan --help"],
  ["a missing option of a nested command", "waivers list", "'--repository <owner/name>' not", "waivers list --help"],
  ["an unknown command", "freze", "Did you mean freeze?", "lockmaster -- --help"],
])("%s exits with 2 and names the help", async (_, args, complaint, help) => {
  const { exitCode, written } = await lockmaster(...args.split(" "));
  expect(exitCode).toBe(2);
  expect(written).toContain(complaint);
  expect(written).toContain(`${help}\n`);
});

test.each(["waivers", "send"])("%s without a subcommand exits with 2 and prints its help once", async (group) => {
  const { exitCode, written } = await lockmaster(group);
  expect(exitCode).toBe(2);
  expect(written.match(/Usage: /g)).toHaveLength(1);
  expect(written).not.toContain("Its options:");
});

test("--help exits with 0", async () => {
  expect((await lockmaster("freeze", "--help")).exitCode).toBe(0);
});

test("the help contains no path of this machine", async () => {
  const { written } = await lockmaster("local", "--help");
  expect(written).not.toContain(import.meta.dirname.slice(0, -"/src".length));
});

/** Runs `lockmaster …` in a terminal of 80 columns. @returns the output of both streams */
async function lockmaster(...args: string[]) {
  let written = "";
  const program = lockmasterProgram();
  for (const command of withSubcommands(program)) {
    command.configureOutput({
      writeOut: (text) => (written += text),
      writeErr: (text) => (written += text),
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
    });
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return { exitCode: 0, written };
  } catch (error) {
    if (error instanceof CommanderError) return { exitCode: error.exitCode, written };
    throw error;
  }
}

const withSubcommands = (command: Command): Command[] => [command, ...command.commands.flatMap(withSubcommands)];
