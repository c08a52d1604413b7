import { existsSync, readFileSync } from "node:fs";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { sourceLines } from "@lockmaster/core/config/source-lines.ts";
import { validateConfiguration, type ValidationContext } from "@lockmaster/core/config/validate.ts";
import { record } from "@lockmaster/core/lib/record.ts";
import * as v from "valibot";
// A path of tsconfig.json. Without the file, the name of the module is the whole message that `sst deploy` prints.
import exported from "the file that `npm run lockmaster -- init` writes: ./lockmaster.config.ts";

/**
 * The user's configuration, validated. The demonstration is never deployed.
 *
 * @throws InvalidInputError CONFIGURATION_INVALID
 */
export const deployedConfiguration = (): Configuration => {
  const today = new Date().toISOString().slice(0, "2026-12-31".length);
  return validateConfiguration(exported, { today, ...linesOfFile() });
};

/** Lines of the problems; without them, where the file is not in the folder from which it is deployed. */
function linesOfFile(): Pick<ValidationContext, "lineOf"> {
  const file = "lockmaster.config.ts";
  return existsSync(file) ? { lineOf: sourceLines(readFileSync(file, "utf8")) } : {};
}

const App = v.object({
  installation: v.optional(
    v.object({
      name: v.optional(v.string(), "lockmaster"),
      tags: v.fallback(record(v.string(), v.string()), {}),
    }),
    { tags: {} },
  ),
});

/**
 * Name and tags of SST's app. SST does not print the message of an error in `app`, so `run` validates the configuration.
 *
 * @throws ValiError when there is no name that could be the installation's
 */
export const appSettings = (): { name: string; tags: Record<string, string> } => v.parse(App, exported).installation;
