import { isJsonObject } from "../../protocol/json.ts";
import { invalidPattern } from "./errors.ts";
import { compileFilter, type Filter } from "./filter.ts";

/** Matches a part of an event; `undefined` for a part that the event does not have. */
type Matcher = (part: unknown) => boolean;

/** Matches a whole event, with its envelope. */
export type EventMatcher = (event: Readonly<Record<string, unknown>>) => boolean;

/**
 * Compiles an event pattern of PutRule.
 *
 * A field of the pattern matches when any of its values matches. An array in the event matches when any of its elements
 * matches. Several fields of objects in an array must match in the same object.
 *
 * @param pattern JSON text
 * @throws AwsError InvalidEventPatternException; NotInLocalAws for a comparison that only AWS implements
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export function compilePattern(pattern: string): EventMatcher {
  let json: unknown;
  try {
    json = JSON.parse(pattern);
  } catch (error) {
    throw invalidPattern(`Filter is not valid JSON: ${String(error)}`);
  }
  if (!isJsonObject(json)) throw invalidPattern("Filter is not an object");
  return compileFields(json);
}

function compileFields(pattern: Record<string, unknown>): Matcher {
  const fields = Object.entries(pattern);
  if (fields.length === 0) throw invalidPattern("Empty objects are not allowed");
  const matchers = fields.map(([name, value]): Matcher => {
    if (name === "$or" && isAlternatives(value)) return anyOf(value.map(compileFields));
    const matches = compileField(name, value);
    return (part) => matches(isJsonObject(part) ? part[name] : undefined);
  });
  const one: Matcher = (part) => matchers.every((matches) => matches(part));
  return (part) => (Array.isArray(part) && part.length > 0 ? part.flat(Infinity).some(one) : one(part));
}

/** Whether `$or` is the operator and not a field with that name. */
function isAlternatives(value: unknown): value is Record<string, unknown>[] {
  return Array.isArray(value) && value.length > 1 && value.every(isJsonObject);
}

function anyOf(matchers: readonly Matcher[]): Matcher {
  return (part) => matchers.some((matches) => matches(part));
}

function compileField(name: string, pattern: unknown): Matcher {
  if (isJsonObject(pattern)) return compileFields(pattern);
  if (!Array.isArray(pattern)) throw invalidPattern(`"${name}" must be an object or an array`);
  if (pattern.length === 0) throw invalidPattern("Empty arrays are not allowed");
  const filters = pattern.map(compileFilter);
  return (part) => filters.some((filter) => matchesLeaf(filter, part));
}

/** A leaf of the pattern matches values only: an object or an empty array counts as a missing field. */
function matchesLeaf(filter: Filter, part: unknown): boolean {
  const values = [part].flat(Infinity).filter((value) => value !== undefined && !isJsonObject(value));
  return values.length === 0 ? filter(undefined) : values.some(filter);
}
