import { Command } from "commander";
import { doctorCommand } from "./doctor/command.ts";
import { initCommand } from "./init/command.ts";
import { freezeCommand, unfreezeCommand } from "./freeze.ts";
import { localCommand } from "./local/command.ts";
import { planCommand } from "./plan/command.ts";
import { queueCommand } from "./queue.ts";
import { rollbackCommand } from "./rollback.ts";
import { sendCommand } from "./send.ts";
import { sizesCommand } from "./sizes.ts";
import { waiveCommand, waiversCommand } from "./waive.ts";

await new Command("lockmaster")
  .description("Lockmaster: releases to Amazon ECS that are proven or taken back")
  .addCommand(initCommand())
  .addCommand(localCommand())
  .addCommand(planCommand())
  .addCommand(doctorCommand())
  .addCommand(queueCommand())
  .addCommand(freezeCommand())
  .addCommand(unfreezeCommand())
  .addCommand(rollbackCommand())
  .addCommand(sendCommand())
  .addCommand(sizesCommand())
  .addCommand(waiveCommand())
  .addCommand(waiversCommand())
  .parseAsync();
