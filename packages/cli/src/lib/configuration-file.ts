import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
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
 * @throws InvalidInputError CONFIGURATION_INVALID, with every problem
 */
export async function readConfigurationFile(file: string): Promise<Configuration> {
  const module: unknown = await import(pathToFileURL(file).href);
  const exported = typeof module === "object" && module !== null && "default" in module ? module.default : undefined;
  return validateConfiguration(exported);
}
