import * as v from "valibot";
import { InvalidInputError } from "./errors.ts";
import { printable } from "./printable.ts";

/** One problem of a value from outside. */
export type Violation = {
  /** Its path, as in JavaScript: `repositories["acme/shop"].images`; empty for the value itself. */
  path: string;
  /** The problem, and where possible what to write instead. */
  message: string;
};

/** The longest name in a path, and the longest value in a message, in UTF-16 units. */
const longestName = 100;
const longestValue = 120;
const maxViolations = 20;

/** A path as in JavaScript: `a.b[0]["c/d"]`; long names are cut. */
export function formatPath(keys: readonly unknown[]): string {
  return keys.map(formatKey).join("").replace(/^\./, "");
}

function formatKey(key: unknown): string {
  if (typeof key === "number") return `[${key}]`;
  const name = printable(String(key), longestName);
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `["${name.replaceAll('"', String.raw`\"`)}"]`;
}

/**
 * The problem that a schema found, as a sentence that quotes at most the beginning of the value.
 *
 * @param messageOf the sentence; the schema's own by default
 */
export function violationOf(issue: v.BaseIssue<unknown>, messageOf = ownMessage): Violation {
  const received = receivedBy(issue);
  // The schema's own message is finished already, and has the value as it came.
  const own = received === issue.received ? issue.message : issue.message.replaceAll(issue.received, () => received);
  const message = messageOf({ ...issue, received, message: own });
  return { path: formatPath(issue.path?.map(({ key }) => key) ?? []), message: printable(message, longestMessage) };
}

const longestMessage = 600;
const ownMessage = ({ message }: v.BaseIssue<unknown>): string => message;

/** What the schema received, as its message shows it: a text in quotation marks, or the type of another value. */
function receivedBy({ received }: v.BaseIssue<unknown>): string {
  return received.startsWith('"') ? `"${printable(received.slice(1, -1), longestValue)}"` : printable(received);
}

/**
 * Checks a value from outside.
 *
 * @throws InvalidInputError INPUT_INVALID whose message names every offending path
 */
export function parseInput<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw new InvalidInputError(describeIssues(result.issues), { code: "INPUT_INVALID" });
}

/**
 * Reads a value that a newer version may have written: keys that the schema's objects do not have are dropped.
 *
 * @throws InvalidInputError INPUT_INVALID whose message names every other offending path
 */
export function parseStored<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  // An object reports the first of its unknown keys.
  const unknown = result.issues.filter(({ type, expected }) => type === "strict_object" && expected === "never");
  if (unknown.length === 0) throw new InvalidInputError(describeIssues(result.issues), { code: "INPUT_INVALID" });
  return parseStored(
    schema,
    unknown.reduce(
      (rest, { path = [] }) =>
        without(
          rest,
          path.map(({ key }) => key),
        ),
      value,
    ),
  );
}

/** A copy of plain data without one key. */
function without(value: unknown, [key, ...deeper]: readonly unknown[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => (index === key ? without(item, deeper) : item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      if (name !== key) return [[name, member]];
      return deeper.length === 0 ? [] : [[name, without(member, deeper)]];
    }),
  );
}

/** What a schema found, in one line, for an error message. */
export const describeIssues = (issues: readonly v.BaseIssue<unknown>[]): string =>
  describeViolations(issues.map((issue) => violationOf(issue)));

/** The violations in one line, for an error message: the first ones, and how many more there are. */
export function describeViolations(found: readonly Violation[]): string {
  const shown = found
    .slice(0, maxViolations)
    .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  const rest = found.length - shown.length;
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join("; ");
}
