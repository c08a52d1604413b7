import * as v from "valibot";
import { InvalidInputError } from "./errors.ts";

/** One problem of a value from outside. */
export type Violation = {
  /** Its path, as in JavaScript: `repositories["acme/shop"].images`; empty for the value itself. */
  path: string;
  /** The problem, and where possible what to write instead. */
  message: string;
};

/** A path as in JavaScript: `a.b[0]["c/d"]`. */
export function formatPath(keys: readonly unknown[]): string {
  return keys.map(formatKey).join("").replace(/^\./, "");
}

function formatKey(key: unknown): string {
  if (typeof key === "number") return `[${key}]`;
  const name = String(key);
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

function toViolation({ path, message }: v.BaseIssue<unknown>): Violation {
  return { path: formatPath(path?.map(({ key }) => key) ?? []), message };
}

/**
 * Checks a value from outside.
 *
 * @throws InvalidInputError INPUT_INVALID whose message names every offending path
 */
export function parseInput<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw new InvalidInputError(describeViolations(result.issues.map(toViolation)), { code: "INPUT_INVALID" });
}

/** All violations in one line, for an error message. */
export function describeViolations(found: readonly Violation[]): string {
  return found.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; ");
}
