import { InvalidInputError } from "@lockmaster/core/lib/errors.ts";
import * as v from "valibot";

/**
 * Reads the function's settings, once, when its module is evaluated.
 *
 * @param schema one entry a variable: `v.object({ LEDGER_TABLE: v.string() })`
 * @param environment `process.env`
 * @throws InvalidInputError CONFIGURATION_INVALID naming every variable that is missing or wrong; never a value, since
 * a variable may hold what must not be logged
 */
export function loadEnvironment<Schema extends v.GenericSchema<Record<string, unknown>>>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, environment);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => {
    const name = String(issue.path?.[0]?.key);
    return environment[name] === undefined
      ? `the environment variable ${name} is missing`
      : `the environment variable ${name} is wrong: ${issue.expected ?? "another value"} is expected`;
  });
  throw new InvalidInputError(problems.join("; "), { code: "CONFIGURATION_INVALID" });
}
