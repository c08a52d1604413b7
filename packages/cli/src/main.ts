import { Command } from "commander";
import { localCommand } from "./local/command.ts";
import { sendCommand } from "./send.ts";
import { sizesCommand } from "./sizes.ts";
import { waiveCommand, waiversCommand } from "./waive.ts";

await new Command("lockmaster")
  .description("Lockmaster: releases to Amazon ECS that are proven or taken back")
  .addCommand(localCommand())
  .addCommand(sendCommand())
  .addCommand(sizesCommand())
  .addCommand(waiveCommand())
  .addCommand(waiversCommand())
  .parseAsync();
