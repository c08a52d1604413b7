import { AsyncLocalStorage } from "node:async_hooks";
import jsonata from "jsonata";
import { ExactNumber, isJsonObject, type Json, type JsonObject } from "./json.ts";
import { jsonataFunctions, type Sources } from "./jsonata-functions.ts";
import { jsonBefore, toPlain } from "./plain.ts";

/** A parsed expression. */
export type Expression = {
  source: string;
  /** Returns the raw result, which can contain sequences, functions and undefined. */
  evaluate: (bindings: Bindings) => Promise<unknown>;
};

/** The variables of an expression, by name. */
export type Bindings = JsonObject;

/** Parses expressions. */
export type Expressions = {
  /** @throws JsonataError (code, message) on a syntax error. */
  parse(source: string): Expression;
};

const timeFormatter = jsonata("$fromMillis($time, $picture, $timezone)");

/** The sources of the local AWS whose expression is being evaluated. */
const current = new AsyncLocalStorage<Sources>();

function currentSources(): Sources {
  const sources = current.getStore();
  if (sources === undefined) throw new Error("A function of JSONata was called outside of an evaluation.");
  return sources;
}

const functions = jsonataFunctions(
  {
    get clock() {
      return currentSources().clock;
    },
    random: () => currentSources().random(),
  },
  async (time, picture, timezone) => timeFormatter.evaluate(undefined, { time, picture, timezone }),
);

type Program = { evaluate: (bindings: Bindings) => Promise<unknown> };

/** Parsed once for all local AWSs of the process, which tests open with the same state machine again and again. */
const programs = new Map<string, Program>();

function programOf(source: string): Program {
  const known = programs.get(source);
  if (known !== undefined) return known;
  const program = prepare(source);
  programs.set(source, program);
  return program;
}

function prepare(source: string): Program {
  const program = jsonata(source);
  for (const { name, signature, run } of functions) program.registerFunction(name, run, signature);
  program.assign("eval", undefined);
  const path = pathOf(program.ast());
  return {
    evaluate: async (bindings) =>
      exactNumberAt(bindings, path) ??
      program.evaluate(undefined, Object.fromEntries(Object.entries(bindings).map(plainEntry))),
  };
}

/** JSONata as in Step Functions: without `$eval`, with additional functions, with time and random numbers from `sources`. */
export function createExpressions(sources: Sources): Expressions {
  return {
    parse(source) {
      const program = programOf(source);
      return { source, evaluate: (bindings) => current.run(sources, () => program.evaluate(bindings)) };
    },
  };
}

function plainEntry([name, value]: [string, Json]): [string, unknown] {
  return [name, toPlain(value)];
}

/** The names of an expression that only reads a member: `states`, `input`, `count` of `$states.input.count`. */
function pathOf(node: jsonata.ExprNode): readonly string[] {
  const steps = node.type === "variable" ? [node] : (node.steps ?? []);
  const names = steps.map(({ type, value, position: _position, ...more }, index) =>
    type === (index === 0 ? "variable" : "name") && Object.keys(more).length === 0 ? String(value) : undefined,
  );
  return names.every((name) => name !== undefined) ? names : [];
}

/** JSONata would round the number. */
function exactNumberAt(bindings: Bindings, path: readonly string[]): ExactNumber | undefined {
  let value: Json | undefined = path.length === 0 ? undefined : bindings;
  for (const name of path) value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value instanceof ExactNumber ? value : undefined;
}

/** The message of an error of JSONata, with its code if it has one. */
export function describeEvaluationError(error: unknown): string {
  if (typeof error !== "object" || error === null || !("message" in error)) return "The reason is unknown";
  const message = String(error.message);
  return "code" in error && typeof error.code === "string" ? `${error.code}: ${message}` : message;
}

/** A result that JSON cannot represent: a function or a regular expression. */
export class NotJson extends Error {
  override readonly name = "NotJson";
}

/**
 * Converts a result of JSONata to plain JSON: its arrays have flags that would change the next expression's result.
 *
 * @returns undefined for an empty result.
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
  if (value instanceof ExactNumber) return value;
  const unchanged = jsonBefore(value);
  if (unchanged !== undefined) return unchanged;
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
