import { Command } from "commander";
import { acceptRepositoryCommand } from "./commands/accept-repository.ts";
import { checkDeploymentCommand } from "./commands/check-deployment.ts";
import { doctorCommand } from "./doctor/command.ts";
import { endWithUsage } from "./lib/end-with-usage.ts";
import { freezeCommand, unfreezeCommand } from "./commands/freeze.ts";
import { initCommand } from "./init/command.ts";
import { localCommand } from "./local/command.ts";
import { planCommand } from "./plan/command.ts";
import { queueCommand } from "./commands/queue.ts";
import { retireVersionCommand } from "./commands/retire-version.ts";
import { rollbackCommand } from "./commands/rollback.ts";
import { sendCommand } from "./commands/send.ts";
import { sizesCommand } from "./commands/sizes.ts";
import { waiveCommand, waiversCommand } from "./commands/waive.ts";
import { webhookSecretCommand } from "./commands/webhook-secret.ts";

/** The command `lockmaster` with all its subcommands. Parsing throws a `CommanderError` with the exit code. */
export function lockmasterProgram(): Command {
  const program = new Command("lockmaster")
    .description("Lockmaster: releases to Amazon ECS that are proven healthy or rolled back")
    // Only names: each command fits on one line of a terminal with 80 columns.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addCommand(initCommand())
    .addCommand(localCommand())
    .addCommand(planCommand())
    .addCommand(doctorCommand())
    .addCommand(checkDeploymentCommand())
    .addCommand(queueCommand())
    .addCommand(freezeCommand())
    .addCommand(unfreezeCommand())
    .addCommand(rollbackCommand())
    .addCommand(retireVersionCommand())
    .addCommand(acceptRepositoryCommand())
    .addCommand(webhookSecretCommand())
    .addCommand(sendCommand())
    .addCommand(sizesCommand())
    .addCommand(waiveCommand())
    .addCommand(waiversCommand());
  endWithUsage(program);
  return program;
}
