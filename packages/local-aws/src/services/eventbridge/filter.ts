import { isJsonObject } from "../../protocol/json.ts";
import { cidr, sameAddress } from "./addresses.ts";
import { invalidPattern } from "./errors.ts";

type Primitive = string | number | boolean | null;

/** Tests one value of the event, or `undefined` for a field that does not exist. */
type Test = (value: unknown) => boolean;

export type Filter = Test & {
  /** The wildcards that the filter compares with. */
  wildcards?: readonly string[];
};

/** The names of all comparisons. */
export const operators: ReadonlySet<string> = new Set([
  "prefix",
  "suffix",
  "equals-ignore-case",
  "wildcard",
  "anything-but",
  "numeric",
  "cidr",
  "exists",
]);

/**
 * Compiles one element of a leaf of an event pattern: a value to match exactly, or a comparison like `{ "prefix": "a" }`.
 *
 * @throws AwsError InvalidEventPatternException
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function compileFilter(pattern: unknown): Filter {
  if (isPrimitive(pattern)) return exactly(pattern);
  if (!isJsonObject(pattern)) throw invalidPattern("Match value must be String, number, true, false, or null");
  const [operator, operand] = onlyEntry(pattern);
  switch (operator) {
    case "exists":
      return exists(operand);
    case "anything-but":
      return anythingBut(operand);
    case "numeric":
      return numeric(operand);
    case "cidr":
      return cidr(operand);
    default:
      return text(operator, operand);
  }
}

function exactly(expected: Primitive): Filter {
  const isAddress = typeof expected === "string" ? sameAddress(expected) : undefined;
  return isAddress ?? ((value) => value === expected);
}

function onlyEntry(pattern: Record<string, unknown>): [string, unknown] {
  const [entry, ...more] = Object.entries(pattern);
  if (entry === undefined) throw invalidPattern("Match expression name not found");
  if (more.length > 0) throw invalidPattern("Only one key allowed in match expression");
  return entry;
}

function exists(operand: unknown): Filter {
  if (typeof operand !== "boolean") throw invalidPattern("exists match pattern must be either true or false.");
  return (value) => (value !== undefined) === operand;
}

function text(operator: string, operand: unknown): Filter {
  const test = textTest(operator, operand);
  const filter: Test = (value) => typeof value === "string" && test(value);
  return operator === "wildcard" ? Object.assign(filter, { wildcards: [String(operand)] }) : filter;
}

function textTest(operator: string, operand: unknown): (text: string) => boolean {
  if ((operator === "prefix" || operator === "suffix") && isJsonObject(operand)) {
    const [nested, expected] = onlyEntry(operand);
    if (nested !== "equals-ignore-case") throw invalidPattern(`Unsupported ${operator} pattern: ${nested}`);
    const folded = textOperand(operator, expected).toLowerCase();
    return affix(operator, folded, (text) => text.toLowerCase());
  }
  const expected = textOperand(operator, operand);
  switch (operator) {
    case "prefix":
    case "suffix":
      return affix(operator, expected, (text) => text);
    case "equals-ignore-case": {
      const folded = expected.toLowerCase();
      return (text) => text.toLowerCase() === folded;
    }
    case "wildcard":
      return wildcard(expected);
    default:
      throw invalidPattern(`Unrecognized match type ${operator}`);
  }
}

const textOperators: ReadonlySet<string> = new Set(["prefix", "suffix", "equals-ignore-case", "wildcard"]);

function textOperand(operator: string, operand: unknown): string {
  if (!textOperators.has(operator)) throw invalidPattern(`Unrecognized match type ${operator}`);
  if (typeof operand !== "string") throw invalidPattern(`${operator} match pattern must be a string`);
  return operand;
}

function affix(operator: "prefix" | "suffix", expected: string, fold: (text: string) => string) {
  return (text: string): boolean =>
    operator === "prefix" ? fold(text).startsWith(expected) : fold(text).endsWith(expected);
}

/** `*` matches any number of characters, also none; `\*` and `\\` are escapes for `*` and `\`. */
function wildcard(pattern: string): (text: string) => boolean {
  // An escaped backslash does not escape the character after it.
  if (/^(?:[^\\]|\\[*\\])*\\(?![*\\])/s.test(pattern)) throw invalidPattern("Invalid escape character");
  const tokens = pattern.match(/\\[*\\]|\*+|[^*\\]+/gs) ?? [];
  if (tokens.some((token) => token.startsWith("**"))) throw invalidPattern("Consecutive wildcard characters");
  const source = tokens.map((token) => {
    if (token === "*") return ".*";
    return token.startsWith("\\") ? token : token.replace(/[.+?^${}()|[\]/]/g, String.raw`\$&`);
  });
  const expression = new RegExp(`^${source.join("")}$`, "su");
  return (text) => expression.test(text);
}

/** Never matches a field that does not exist. */
function anythingBut(operand: unknown): Filter {
  const excluded = isJsonObject(operand) ? excludedTexts(operand) : excludedValues(operand);
  const filter: Test = (value) => value !== undefined && !excluded.some((test) => test(value));
  const wildcards = excluded.flatMap((one) => one.wildcards ?? []);
  return wildcards.length === 0 ? filter : Object.assign(filter, { wildcards });
}

function excludedTexts(operand: Record<string, unknown>): readonly Filter[] {
  const [operator, expected] = onlyEntry(operand);
  if (!textOperators.has(operator)) throw invalidPattern(`Unsupported anything-but pattern: ${operator}`);
  const all: readonly unknown[] = Array.isArray(expected) ? expected : [expected];
  if (all.length === 0) throw invalidPattern("Empty arrays are not allowed");
  return all.map((one) => {
    if (typeof one !== "string") throw invalidPattern(`${operator} match pattern must be a string`);
    if (one === "" && (operator === "prefix" || operator === "suffix")) {
      throw invalidPattern("Null prefix/suffix not allowed");
    }
    return text(operator, one);
  });
}

function excludedValues(operand: unknown): readonly Filter[] {
  const all: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  const ofOneType = all.every((one) => typeof one === "string") || all.every((one) => typeof one === "number");
  if (all.length === 0 || !ofOneType) {
    throw invalidPattern(
      "Inside anything but list, either all values are number or string, mixed type is not supported",
    );
  }
  return all.map(
    (one): Filter =>
      (value) =>
        value === one,
  );
}

const comparisons: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  "=": (value, limit) => value === limit,
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit,
};

/** The documented limit of numbers in `numeric`, in both directions. */
const largestNumber = 5e9;

/** `["=", n]`, one bound, or a lower bound followed by an upper one. */
function numeric(operand: unknown): Filter {
  if (!Array.isArray(operand)) throw invalidPattern("Value of numeric must be an array.");
  if (operand.length === 0) throw invalidPattern("Invalid member in numeric match: ]");
  const names = operand.filter((_, index) => index % 2 === 0).map(String);
  if (!/^(=|[<>]=?|>=? <=?)$/.test(names.join(" ")) || operand.length !== names.length * 2) {
    throw invalidPattern(`Bad numeric range operator: ${names.join(" ")}`);
  }
  const limits = names.map((operator, index): number => {
    const limit: unknown = operand[index * 2 + 1];
    if (typeof limit !== "number") throw invalidPattern(`Value of ${operator} must be numeric`);
    if (Math.abs(limit) > largestNumber) {
      throw invalidPattern(`Value must be between ${-largestNumber} and ${largestNumber}, inclusive`);
    }
    return limit;
  });
  const [bottom = 0, top = Infinity] = limits;
  if (bottom >= top) throw invalidPattern("Bottom must be less than top");
  return (value) =>
    typeof value === "number" &&
    Math.abs(value) <= largestNumber &&
    names.every((operator, index) => comparisons[operator]?.(value, limits[index] ?? NaN) === true);
}

function isPrimitive(value: unknown): value is Primitive {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}
