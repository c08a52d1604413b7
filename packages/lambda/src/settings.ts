import type { SettingName } from "@lockmaster/core/contract/settings.ts";
import { InvalidInputError } from "@lockmaster/core/lib/errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings by the environment variable that holds them. */
export type Settings<Name extends SettingName> = Readonly<Record<Name, string>>;

/**
 * Reads the function's settings from its environment variables, once, when its module is evaluated.
 *
 * @throws InvalidInputError CONFIGURATION_INVALID naming every variable that is missing or invalid; never a value, since
 * a variable may hold what must not be logged
 */
export function readSettings<Name extends SettingName>(
  names: readonly Name[],
  environment: Environment = process.env,
): Settings<Name> {
  if (areValid(environment, names)) return environment;
  const invalid = names.filter((name) => !areValid(environment, [name]));
  throw new InvalidInputError(`environment variables that are missing or invalid: ${invalid.join(", ")}`, {
    code: "CONFIGURATION_INVALID",
  });
}

function areValid<Name extends SettingName>(
  environment: Environment,
  names: readonly Name[],
): environment is Settings<Name> {
  return names.every((name) => {
    const value = environment[name];
    return value !== undefined && (name !== "GITHUB_API_URL" || URL.canParse(value));
  });
}
