import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { sourceLines } from "@lockmaster/core/config/source-lines.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import { InvalidInputError } from "@lockmaster/core/lib/errors.ts";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { describeEvaluation, shownPath } from "./evaluation-errors.ts";
import { UsageError } from "./operator-errors.ts";

/** The user's configuration. A fresh clone has none: `init` writes it. */
export const userFile = join(repositoryRoot, "lockmaster.config.ts");

/** The configuration of the demonstration, which is not the user's. */
export const demonstrationFile = join(repositoryRoot, "examples/shop/lockmaster.config.ts");

/** The file that the local AWS runs unless another one is named: the user's, or the demonstration while there is none. */
export const localFile = (): string => (existsSync(userFile) ? userFile : demonstrationFile);

/**
 * The user's file: an installation in AWS never has the demonstration's configuration.
 *
 * @throws UsageError that names `init`
 */
export function installedFile(): string {
  if (existsSync(userFile)) return userFile;
  throw new UsageError(
    "there is no lockmaster.config.ts: write a first one with `npm run lockmaster -- init`, or name a configuration with --config",
  );
}

/**
 * Reads a configuration file.
 *
 * @param now expired waivers are refused
 * @throws InvalidInputError CONFIGURATION_INVALID, with every problem and its line, or the place where the file cannot be
 * evaluated
 */
export async function readConfigurationFile(file: string, now = new Date()): Promise<Configuration> {
  const exported = await evaluate(file);
  const lineOf = sourceLines(await readFile(file, "utf8"));
  return validateConfiguration(exported, { today: now.toISOString().slice(0, "2026-12-31".length), lineOf });
}

async function evaluate(file: string): Promise<unknown> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    throw invalid(describeEvaluation(file, error), error);
  }
  if (typeof module === "object" && module !== null && "default" in module) return module.default;
  throw invalid(`${shownPath(file)} exports no configuration: write it after \`export default\``);
}

const invalid = (problem: string, cause?: unknown) =>
  new InvalidInputError(`the configuration has one problem:\n  ${problem}`, { code: "CONFIGURATION_INVALID", cause });
