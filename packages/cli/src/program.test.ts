import { CommanderError, type Command } from "commander";
import { expect, test } from "vitest";
import { lockmasterProgram } from "./program.ts";

test("every command has one line of a narrow terminal", async () => {
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
  ["an option that is none", "local --nonsense", "unknown option", "local --help"],
  ["a value that is none", "local --port here", "A whole number is expected", "local --help"],
  ["an option that is missing", "queue --repository acme/shop", "'--environment <name>' not specified", "queue --help"],
  ["an argument that is missing", "plan", "missing required argument 'environment'", "plan --help"],
  ["an option of a command below another", "waivers list", "'--repository <owner/name>' not", "waivers list --help"],
  ["a command that is none", "freze", "Did you mean freeze?", "lockmaster -- --help"],
])("%s ends with 2 and says where to look", async (_, args, complaint, help) => {
  const { exitCode, written } = await lockmaster(...args.split(" "));
  expect(exitCode).toBe(2);
  expect(written).toContain(complaint);
  expect(written).toContain(`${help}\n`);
});

test.each(["waivers", "send"])("%s without what is to be done ends with 2 and prints its help once", async (group) => {
  const { exitCode, written } = await lockmaster(group);
  expect(exitCode).toBe(2);
  expect(written.match(/Usage: /g)).toHaveLength(1);
  expect(written).not.toContain("What it takes");
});

test("asking for help is nothing wrong", async () => {
  expect((await lockmaster("freeze", "--help")).exitCode).toBe(0);
});

test("no help names a folder of this machine", async () => {
  const { written } = await lockmaster("local", "--help");
  expect(written).not.toContain(import.meta.dirname.slice(0, -"/src".length));
});

/** Runs `lockmaster …`, in a terminal of 80 columns, and gathers what both streams would get. */
async function lockmaster(...args: string[]) {
  let written = "";
  const program = lockmasterProgram();
  for (const command of withAllBelow(program)) {
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

const withAllBelow = (command: Command): Command[] => [command, ...command.commands.flatMap(withAllBelow)];
