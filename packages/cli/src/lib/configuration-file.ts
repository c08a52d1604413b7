import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";

/**
 * Reads the `lockmaster.config.ts` of a folder.
 *
 * @throws InvalidInputError CONFIGURATION_INVALID, with every problem
 */
export const readConfiguration = (root: string): Promise<Configuration> =>
  readConfigurationFile(join(root, "lockmaster.config.ts"));

/** Reads a configuration file. @throws as `readConfiguration` */
export async function readConfigurationFile(file: string): Promise<Configuration> {
  const module: unknown = await import(pathToFileURL(file).href);
  const exported = typeof module === "object" && module !== null && "default" in module ? module.default : undefined;
  return validateConfiguration(exported);
}
