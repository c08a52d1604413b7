import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Configuration } from "@lockmaster/core/config/schema.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";

/**
 * Reads `lockmaster.config.ts`.
 *
 * @throws InvalidInputError CONFIGURATION_INVALID, with every problem
 */
export async function readConfiguration(root: string): Promise<Configuration> {
  const file = join(root, "lockmaster.config.ts");
  const module: unknown = await import(pathToFileURL(file).href);
  const exported = typeof module === "object" && module !== null && "default" in module ? module.default : undefined;
  return validateConfiguration(exported);
}
