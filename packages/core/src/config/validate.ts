import * as v from "valibot";
import { record } from "../lib/record.ts";
import { InvalidInputError } from "../lib/errors.ts";
import { formatPath, violationOf } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";
import { findBuildsProblems } from "./builds-references.ts";
import { findContestedRepositories, findSameRepositories } from "./contested-repositories.ts";
import { findContestedServices, type HomeSite } from "./contested-services.ts";
import { findUnknownKeys } from "./fields.ts";
import { findContradictions, findExpiredWaivers } from "./references.ts";
import { Configuration } from "./configuration.ts";
import { RepositoryConfiguration } from "./schema.ts";
import { withTemplates } from "./workload.ts";
import { findWorkloadProblems } from "./workload-references.ts";

/** What a check of a configuration may know besides. */
export type ValidationContext = {
  /** In UTC, as in `2026-12-31`: expired waivers are refused. */
  today?: string;
  /** The line of a path in the configuration's file, from 1 on. */
  lineOf?: (path: string) => number | undefined;
};

/**
 * Checks a configuration and fills in its defaults.
 *
 * @throws InvalidInputError CONFIGURATION_INVALID that lists every problem as a line of path, value and remedy, with its line in the
 * file if that is known. The references within a repository are checked only when the repository has all required fields with the
 * right types.
 */
export function validateConfiguration(configuration: unknown, context: ValidationContext = {}): Configuration {
  const result = v.safeParse(Configuration, configuration);
  const problems = [
    ...(result.issues ?? []).filter((issue) => !isUnknownKey(issue)).map((issue) => violationOf(issue, messageOf)),
    ...findUnknownKeys(Configuration, configuration),
    ...findContradictionsByRepository(configuration, context),
  ];
  if (result.typed) problems.push(...findBuildsProblems(result.output), ...findWorkloadProblems(result.output));
  if (result.success && problems.length === 0) return withTemplates(result.output);
  throw invalid(problems, context);
}

/**
 * Compares services of environments in the installation's account with those of environments that name a role there, which needs
 * the account and the region.
 *
 * @throws InvalidInputError CONFIGURATION_INVALID
 */
export function refuseContestedServices({ repositories }: Configuration, home: HomeSite): void {
  const problems = findContestedServices(repositories, home);
  if (problems.length > 0) throw invalid(problems);
}

function invalid(problems: readonly Violation[], context: ValidationContext = {}): InvalidInputError {
  const lines = problems.map((problem) => `\n  ${describe(problem, context)}`);
  const count = problems.length === 1 ? "one problem" : `${problems.length} problems`;
  return new InvalidInputError(`the configuration has ${count}:${lines.join("")}`, { code: "CONFIGURATION_INVALID" });
}

function describe({ path, message }: Violation, { lineOf }: ValidationContext): string {
  const line = lineOf?.(path);
  return `${line === undefined ? "" : `line ${line}: `}${path === "" ? "configuration" : path}: ${message}`;
}

/** Each repository by itself, so that a problem of one does not hide those of another; then all of them together. */
function findContradictionsByRepository(configuration: unknown, { today }: ValidationContext): Violation[] {
  const outline = v.safeParse(v.object({ repositories: record(v.string(), v.unknown()) }), configuration);
  if (!outline.success) return [];
  const repositories = Object.entries(outline.output.repositories).flatMap(([name, repository]) => {
    const result = v.safeParse(RepositoryConfiguration, repository);
    return result.typed ? [[name, result.output] as const] : [];
  });
  const byName = Object.fromEntries(repositories);
  return [
    ...repositories.flatMap(([name, repository]) => {
      const prefix = formatPath(["repositories", name]);
      const found = [
        ...findContradictions(repository),
        ...(today === undefined ? [] : findExpiredWaivers(repository, today)),
      ];
      return found.map(({ path, message }) => ({ path: `${prefix}.${path}`, message }));
    }),
    ...findContestedServices(byName),
    ...findContestedRepositories(byName),
    ...findSameRepositories(byName),
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
