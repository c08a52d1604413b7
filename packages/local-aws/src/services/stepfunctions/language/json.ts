/** JSON values of state machines. Immutable, so that states can share them. */
export type Json = null | boolean | number | string | ExactNumber | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

/** `JSON.rawJSON`, which TypeScript's library does not have yet: https://tc39.es/proposal-json-parse-with-source/ */
const rawJSON: Function = Reflect.get(JSON, "rawJSON");

/** A number whose text JavaScript would change: `0.0`, or an integer beyond 2^53. Step Functions keeps such numbers. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  valueOf(): number {
    return Number(this.text);
  }

  /** `JSON.stringify` writes the text as it is. */
  toJSON(): unknown {
    return Reflect.apply(rawJSON, JSON, [this.text]);
  }
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

/** The value of a number; undefined for other types. */
export function numberOf(value: Json | undefined): number | undefined {
  if (value instanceof ExactNumber) return value.valueOf();
  return typeof value === "number" ? value : undefined;
}

/** `Array.isArray` does not narrow readonly arrays. */
export function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Finds the numbers that are not as JavaScript writes them, and sometimes other text. */
const UNUSUAL_NUMBER = /[\d.]{16}|\.\d*0|\d[eE]|-0/;

/** @throws SyntaxError when `text` is not JSON. */
export function parseJson(text: string): Json {
  const value: Json = UNUSUAL_NUMBER.test(text) ? JSON.parse(text, exactly) : JSON.parse(text);
  return value;
}

/** A reviver of `JSON.parse`, whose third parameter TypeScript's library does not have yet either. */
function exactly(_key: string, value: unknown, ...[context]: readonly { source?: string }[]): unknown {
  const source = context?.source;
  return typeof value === "number" && source !== undefined && String(value) !== source
    ? new ExactNumber(source)
    : value;
}

const texts = new WeakMap<object, string>();

/** `JSON.stringify`, cached for objects: the output of one state is the input of the next. */
export function jsonText(value: Json): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  texts.set(value, text);
  return text;
}

/** Name of the JSON type, as in Step Functions' error messages. */
export function jsonType(value: Json): "null" | "array" | "object" | "string" | "number" | "boolean" {
  if (value === null) return "null";
  if (value instanceof ExactNumber) return "number";
  if (Array.isArray(value)) return "array";
  const type = typeof value;
  return type === "string" || type === "number" || type === "boolean" ? type : "object";
}
