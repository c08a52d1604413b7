import jsonata from "jsonata";
import type { Json, JsonObject } from "./json.ts";
import { jsonataFunctions, type Sources } from "./jsonata-functions.ts";

/** An expression, parsed. */
export type Expression = {
  source: string;
  /** The raw result: sequences, functions and undefined included. */
  evaluate: (bindings: Readonly<Record<string, unknown>>) => Promise<unknown>;
};

/** Parses expressions, each text once. */
export type Expressions = {
  /** @throws JsonataError (code, message) on a syntax error. */
  parse(source: string): Expression;
};

const timeFormatter = jsonata("$fromMillis($time, $picture, $timezone)");

/** JSONata as Step Functions offers it: no `$eval`, its own functions added, time and chance from `sources`. */
export function createExpressions(sources: Sources): Expressions {
  const functions = jsonataFunctions(sources, async (time, picture, timezone) =>
    timeFormatter.evaluate(undefined, { time, picture, timezone }),
  );
  const parsed = new Map<string, Expression>();
  const prepare = (source: string): Expression => {
    const program = jsonata(source);
    for (const { name, signature, run } of functions) program.registerFunction(name, run, signature);
    program.assign("eval", undefined);
    return { source, evaluate: async (bindings) => program.evaluate(undefined, bindings) };
  };
  return {
    parse(source) {
      const known = parsed.get(source);
      if (known !== undefined) return known;
      const expression = prepare(source);
      parsed.set(source, expression);
      return expression;
    },
  };
}

/** JSONata's own errors carry a code. */
export function describeEvaluationError(error: unknown): string {
  if (typeof error !== "object" || error === null || !("message" in error)) return "The reason is unknown";
  const message = String(error.message);
  return "code" in error && typeof error.code === "string" ? `${error.code}: ${message}` : message;
}

/** A result that JSON has no word for: a function or a regular expression. */
export class NotJson extends Error {
  override readonly name = "NotJson";
}

/**
 * A result of JSONata as plain JSON: its arrays carry flags that would change how the next expression sees them.
 *
 * @returns undefined for "nothing", as JSONata's own undefined.
 * @throws NotJson for functions.
 */
export function toJson(value: unknown): Json | undefined {
  switch (typeof value) {
    case "undefined":
    case "string":
    case "boolean":
      return value;
    case "number":
      return value;
    case "object":
      return value === null ? null : composite(value);
    case "function":
    case "bigint":
    case "symbol":
      throw new NotJson();
  }
}

function composite(value: object): Json {
  if (Array.isArray(value)) return value.map((item: unknown) => toJson(item) ?? null);
  if ("_jsonata_lambda" in value || "_jsonata_function" in value || value instanceof RegExp) throw new NotJson();
  const plain: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    const json = toJson(member);
    if (json !== undefined) plain[key] = json;
  }
  const object: JsonObject = plain;
  return object;
}
