import { CommanderError } from "commander";
import { lockmasterProgram } from "./program.ts";

try {
  await lockmasterProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exit(error.exitCode);
}
