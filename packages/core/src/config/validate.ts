import * as v from "valibot";
import { record } from "../lib/record.ts";
import { InvalidInputError } from "../lib/errors.ts";
import { formatPath, violationOf } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";
import { findBuildsProblems } from "./builds-references.ts";
import { findContestedServices } from "./contested-services.ts";
import { findUnknownKeys } from "./fields.ts";
import { findContradictions } from "./references.ts";
import { Configuration } from "./configuration.ts";
import { RepositoryConfiguration } from "./schema.ts";
import { withTemplates } from "./workload.ts";
import { findWorkloadProblems } from "./workload-references.ts";

/**
 * Checks a configuration and fills in its defaults.
 *
 * @throws InvalidInputError CONFIGURATION_INVALID that lists every problem as a line of path, value and remedy. The references
 * within a repository are checked only when the repository has all required fields with the right types.
 */
export function validateConfiguration(configuration: unknown): Configuration {
  const result = v.safeParse(Configuration, configuration);
  const problems = [
    ...(result.issues ?? []).filter((issue) => !isUnknownKey(issue)).map((issue) => violationOf(issue, messageOf)),
    ...findUnknownKeys(Configuration, configuration),
    ...findContradictionsByRepository(configuration),
  ];
  if (result.success) problems.push(...findBuildsProblems(result.output), ...findWorkloadProblems(result.output));
  if (result.success && problems.length === 0) return withTemplates(result.output);
  const lines = problems.map(({ path, message }) => `\n  ${path === "" ? "configuration" : path}: ${message}`);
  const count = problems.length === 1 ? "one problem" : `${problems.length} problems`;
  throw new InvalidInputError(`the configuration has ${count}:${lines.join("")}`, { code: "CONFIGURATION_INVALID" });
}

/** Each repository by itself, so that a problem of one does not hide those of another; then all of them together. */
function findContradictionsByRepository(configuration: unknown): Violation[] {
  const outline = v.safeParse(v.object({ repositories: record(v.string(), v.unknown()) }), configuration);
  if (!outline.success) return [];
  const repositories = Object.entries(outline.output.repositories).flatMap(([name, repository]) => {
    const result = v.safeParse(RepositoryConfiguration, repository);
    return result.typed ? [[name, result.output] as const] : [];
  });
  return [
    ...repositories.flatMap(([name, repository]) => {
      const prefix = formatPath(["repositories", name]);
      return findContradictions(repository).map(({ path, message }) => ({ path: `${prefix}.${path}`, message }));
    }),
    ...findContestedServices(Object.fromEntries(repositories)),
  ];
}

/** `findUnknownKeys` reports these, all of them. */
function isUnknownKey({ type, expected }: v.BaseIssue<unknown>): boolean {
  return type === "strict_object" && expected === "never";
}

/** The schema's own message, or one in place of valibot's default. */
function messageOf({ kind, type, expected, received, requirement, message }: v.BaseIssue<unknown>): string {
  if (kind === "validation") {
    if (type === "min_value") return `${received} is too small: write at least ${String(requirement)}`;
    if (type === "max_value") return `${received} is too large: write at most ${String(requirement)}`;
    if (type === "integer") return `${received} is not a whole number: write one`;
    const isDefault = message.startsWith("Invalid length");
    if (isDefault && type === "min_length") return `is too short: write at least ${String(requirement)} characters`;
    if (isDefault && type === "max_length") return `is too long: write at most ${String(requirement)} characters`;
    return message;
  }
  if (received === "undefined") return "is missing: add it";
  return `${received} is not valid: write ${expectedValue(type, expected)}`;
}

function expectedValue(type: string, expected: string | null): string {
  if (type === "record" || type === "strict_object") return "an object";
  if (type === "array") return "an array";
  if (type === "boolean") return "true or false";
  if (type === "string" || type === "number") return `a ${type}`;
  return (expected ?? "another value").replaceAll(/[()]/g, "").replaceAll(" | ", " or ");
}
