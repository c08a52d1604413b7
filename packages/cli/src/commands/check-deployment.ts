import { resolve } from "node:path";
import {
  environmentsInUse,
  removalsInUse,
  type EnvironmentInUse,
  type Removal,
} from "@lockmaster/core/policy/in-use.ts";
import { Command } from "commander";
import { callersFolder } from "../lib/git.ts";
import { readConfigurationFile } from "../lib/configuration-file.ts";
import { ledgerCommand } from "../lib/ledger-command.ts";
import { localSettingsFile } from "../lib/local-settings.ts";

/** A deployment of the configuration would take something from a release under way. */
const refusedExitCode = 1;

type Checked = {
  configuration: string;
  inUse: Pick<EnvironmentInUse, "repository" | "environment" | "release">[];
  removals: Removal[];
};

/** The command `check-deployment`: whether releases under way still need what a configuration removes. */
export function checkDeploymentCommand(settingsFile = localSettingsFile): Command {
  const command = new Command("check-deployment")
    .summary("check that a deployment takes nothing from releases")
    .description(
      "check, before Lockmaster is deployed, that the configuration removes nothing that a release under way needs",
    )
    .option("--config <file>", "the configuration to deploy", "lockmaster.config.ts");
  return ledgerCommand(command, settingsFile, {
    run: async ({ ledger }): Promise<Checked> => {
      const file = resolve(callersFolder(), command.opts<{ config: string }>().config);
      const configuration = await readConfigurationFile(file);
      const inUse = await environmentsInUse(ledger);
      return {
        configuration: file,
        inUse: inUse.map(({ repository, environment, release }) => ({ repository, environment, release })),
        removals: removalsInUse(configuration, inUse),
      };
    },
    describe: describeCheck,
    exitCode: ({ removals }) => (removals.length === 0 ? 0 : refusedExitCode),
  });
}

function describeCheck({ inUse, removals }: Checked): string {
  if (removals.length === 0) {
    const releases = inUse.length === 1 ? "1 release is" : `${inUse.length} releases are`;
    return inUse.length === 0
      ? "No release is under way: the configuration can be deployed.\n"
      : `The configuration can be deployed: ${releases} under way, and it removes nothing that they need.\n`;
  }
  const lines = removals.map(
    ({ repository, environment, release, removes }) =>
      `${environment} of ${repository}: release ${release} is under way and needs ${removes.join(", ")}.\n`,
  );
  return `${lines.join("")}Do not deploy now: the functions would lose the permission to end these releases or to roll them back. Wait until they have ended (npm run lockmaster -- queue), or freeze the environment first, then run this command again.\n`;
}
