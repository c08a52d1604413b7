import { notInLocalAws } from "../../protocol/errors.ts";
import { isJsonObject } from "../../protocol/json.ts";
import { invalidPattern } from "./errors.ts";

type Primitive = string | number | boolean | null;

/** Tests one value of the event, or `undefined` for a field that does not exist. */
export type Filter = (value: unknown) => boolean;

/**
 * Compiles one element of a leaf of an event pattern: a value to match exactly, or a comparison like `{ "prefix": "a" }`.
 *
 * @throws AwsError InvalidEventPatternException; NotInLocalAws for `cidr`.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function compileFilter(pattern: unknown): Filter {
  if (isPrimitive(pattern)) return (value) => value === pattern;
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
      throw notInLocalAws("the comparison 'cidr' in event patterns");
    default:
      return text(operator, operand);
  }
}

function onlyEntry(pattern: Record<string, unknown>): [string, unknown] {
  const [entry, ...more] = Object.entries(pattern);
  if (entry === undefined) throw invalidPattern("Empty match expression");
  if (more.length > 0) throw invalidPattern("Only one key allowed in match expression");
  return entry;
}

function exists(operand: unknown): Filter {
  if (typeof operand !== "boolean") throw invalidPattern("exists match pattern must be either true or false.");
  return (value) => (value !== undefined) === operand;
}

function text(operator: string, operand: unknown): Filter {
  const test = textTest(operator, operand);
  return (value) => typeof value === "string" && test(value);
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

function textOperand(operator: string, operand: unknown): string {
  if (!["prefix", "suffix", "equals-ignore-case", "wildcard"].includes(operator)) {
    throw invalidPattern(`Unrecognized match type ${operator}`);
  }
  if (typeof operand !== "string") throw invalidPattern(`${operator} match pattern must be a string`);
  return operand;
}

function affix(operator: "prefix" | "suffix", expected: string, fold: (text: string) => string) {
  return (text: string): boolean =>
    operator === "prefix" ? fold(text).startsWith(expected) : fold(text).endsWith(expected);
}

/** `*` matches any number of characters, also none; `\*` and `\\` are escapes for `*` and `\`. */
function wildcard(pattern: string): (text: string) => boolean {
  if (/\\(?![*\\])/.test(pattern)) throw invalidPattern("Invalid escape character");
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
  return (value) => value !== undefined && !excluded.some((filter) => filter(value));
}

function excludedTexts(operand: Record<string, unknown>): Filter[] {
  const [operator, expected] = onlyEntry(operand);
  const all: readonly unknown[] = Array.isArray(expected) ? expected : [expected];
  if (all.length === 0) throw invalidPattern("Empty arrays are not allowed");
  return all.map((one) => text(operator, one));
}

function excludedValues(operand: unknown): Filter[] {
  const all: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (all.length === 0) throw invalidPattern("Empty arrays are not allowed");
  const ofOneType = all.every((one) => typeof one === "string") || all.every((one) => typeof one === "number");
  if (!ofOneType) throw invalidPattern("Inside anything but list, values must be all strings or all numbers");
  return all.map((one) => (value) => value === one);
}

const comparisons: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  "=": (value, limit) => value === limit,
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit,
};

/** `["=", n]`, one bound, or a lower bound followed by an upper one. */
function numeric(operand: unknown): Filter {
  if (!Array.isArray(operand) || operand.length === 0) throw invalidPattern("Invalid range expression");
  const operators = operand.filter((_, index) => index % 2 === 0).map(String);
  if (!/^(=|[<>]=?|>=? <=?)$/.test(operators.join(" ")) || operand.length !== operators.length * 2) {
    throw invalidPattern(`Bad numeric range operator: ${operators.join(" ")}`);
  }
  const tests = operators.map((operator, index): ((value: number) => boolean) => {
    const limit: unknown = operand[index * 2 + 1];
    const compare = comparisons[operator];
    if (typeof limit !== "number" || compare === undefined) {
      throw invalidPattern(`Value of ${operator} must be numeric`);
    }
    return (value) => compare(value, limit);
  });
  return (value) => typeof value === "number" && tests.every((test) => test(value));
}

function isPrimitive(value: unknown): value is Primitive {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}
