import { join } from "node:path";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { Command, InvalidArgumentError, Option } from "commander";
import { terminalText } from "../lib/terminal-text.ts";

/** Options of `lockmaster local`; `speed` is the maximum number of seconds on the local AWS's clock per real second. */
export type LocalOptions = {
  once?: true;
  json?: true;
  port: number;
  speed: number;
  story: boolean;
  scenario: string;
  config?: string;
};

/** Run with the names of the configuration: see docs/rehearsal.md. */
export const shippedScenarios = join(repositoryRoot, "packages/rehearsal/scenarios");
const shippedStory = join(shippedScenarios, "story.json");

/** The command `local`: installs Lockmaster and the shop in a local AWS, runs a story there, and then keeps running. */
export function localCommand(): Command {
  return new Command("local")
    .summary("run Lockmaster with your configuration in a local AWS")
    .description(
      "run the shipped functions and state machine in a local AWS with the services of the configuration, and run the releases of a story there",
    )
    .option(
      "--config <file>",
      "the configuration file (default: lockmaster.config.ts, or the demonstration without one)",
    )
    .option("--once", "stop after the story; exit with 1 unless every release ended as expected")
    .option("--json", "print one JSON object per line")
    .option("--port <number>", "port on 127.0.0.1; 0 takes a free port", wholeNumber, 4510)
    .option("--speed <factor>", "at most this many seconds of the local AWS per real second", wholeNumber, 600)
    .option("--no-story", "start no releases, only keep running")
    .addOption(
      new Option("--scenario <file>", "how builds, scans and tasks behave, faults to inject, and the story").default(
        shippedStory,
        "the shipped story",
      ),
    )
    .addHelpText("after", "\nScenario files: packages/rehearsal/scenarios/. Their fields: docs/rehearsal.md.")
    .action(async (options: LocalOptions, command: Command) => {
      try {
        // Only this action loads the local AWS: the other commands start without it.
        const { runLocal } = await import("./run-local.ts");
        await runLocal(options);
      } catch (error) {
        command.error(terminalText(`error: ${error instanceof Error ? error.message : String(error)}`));
      }
    });
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Give a whole number.");
  return Number(text);
}
