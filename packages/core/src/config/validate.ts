import * as v from "valibot";
import { InvalidInputError } from "../lib/errors.ts";
import { formatPath } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";
import { contestedServices } from "./contested-services.ts";
import { unknownKeys } from "./fields.ts";
import { contradictions } from "./references.ts";
import { Configuration } from "./configuration.ts";
import { RepositoryConfiguration } from "./schema.ts";
import { withTemplates } from "./workload.ts";
import { wrongWorkload } from "./workload-references.ts";

/**
 * Checks a configuration and fills in what was left out.
 *
 * @throws InvalidInputError CONFIGURATION_INVALID that lists every problem as a line of path, value and remedy.
 * References of a repository are looked at once all that it needs is there.
 */
export function validateConfiguration(configuration: unknown): Configuration {
  const result = v.safeParse(Configuration, configuration);
  const problems = [
    ...(result.issues ?? []).filter((issue) => !isUnknownKey(issue)).map(describeIssue),
    ...unknownKeys(Configuration, configuration),
    ...contradictionsByRepository(configuration),
  ];
  if (result.success) problems.push(...wrongWorkload(result.output));
  if (result.success && problems.length === 0) return withTemplates(result.output);
  const lines = problems.map(({ path, message }) => `\n  ${path === "" ? "configuration" : path}: ${message}`);
  const count = problems.length === 1 ? "one problem" : `${problems.length} problems`;
  throw new InvalidInputError(`the configuration has ${count}:${lines.join("")}`, { code: "CONFIGURATION_INVALID" });
}

/** Each repository on its own, so that a problem of one does not hide those of another; then what they have between them. */
function contradictionsByRepository(configuration: unknown): Violation[] {
  const outline = v.safeParse(v.object({ repositories: v.record(v.string(), v.unknown()) }), configuration);
  if (!outline.success) return [];
  const repositories = Object.entries(outline.output.repositories).flatMap(([name, repository]) => {
    const result = v.safeParse(RepositoryConfiguration, repository);
    return result.typed ? [[name, result.output] as const] : [];
  });
  return [
    ...repositories.flatMap(([name, repository]) => {
      const prefix = formatPath(["repositories", name]);
      return contradictions(repository).map(({ path, message }) => ({ path: `${prefix}.${path}`, message }));
    }),
    ...contestedServices(Object.fromEntries(repositories)),
  ];
}

/** Found by `unknownKeys`, which finds them all. */
function isUnknownKey({ type, expected }: v.BaseIssue<unknown>): boolean {
  return type === "strict_object" && expected === "never";
}

function describeIssue(issue: v.BaseIssue<unknown>): Violation {
  return { path: formatPath(issue.path?.map(({ key }) => key) ?? []), message: messageOf(issue) };
}

/** Where the schema has no words of its own, valibot's structure in ours. */
function messageOf({ kind, type, expected, received, message }: v.BaseIssue<unknown>): string {
  if (kind === "validation" && (type === "min_value" || type === "max_value")) {
    return `${received} is out of range; it must be ${expected?.replace(/(\d)/, " $1") ?? "within the limits"}`;
  }
  if (kind === "validation" && type === "integer") return `${received} is not a whole number`;
  if (kind === "validation") return message;
  if (received === "undefined") return "is missing";
  return `${received} is not accepted; ${wanted(type, expected)}`;
}

function wanted(type: string, expected: string | null): string {
  if (type === "record" || type === "strict_object") return "write an object";
  if (type === "array") return "write an array";
  return `write ${(expected ?? "another value").replaceAll(/[()]/g, "").replaceAll(" | ", " or ")}`;
}
