import { isJsonObject } from "../../protocol/json.ts";
import { invalidPattern } from "./errors.ts";
import { type EventField, fieldsOf, isTogether } from "./event-fields.ts";
import { compileFilter, type Filter, operators } from "./filter.ts";
import { checkComplexity } from "./wildcard-complexity.ts";

/** Matches a whole event, with its envelope. */
export type EventMatcher = (event: Readonly<Record<string, unknown>>) => boolean;

/** The filters of a field, of which one must match. */
type FieldPattern = { path: string; filters: readonly Filter[]; text: string };

/** Fields that all must match. A pattern with `$or` has several of them, of which one must match. */
export type Alternative = readonly FieldPattern[];

/** EventBridge limits the combinations of the alternatives of all `$or`. */
const maxAlternatives = 1000;

/**
 * Compiles an event pattern of PutRule.
 *
 * A field of the pattern matches when any of its values matches. An array in the event matches when any of its elements
 * matches. Several fields of objects in an array must match in the same object. A path is the names joined by dots, so
 * `"detail.state"` is the same field as `state` in `detail`.
 *
 * @param pattern JSON text
 * @throws AwsError InvalidEventPatternException
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 * @see https://github.com/aws/event-ruler (the engine of EventBridge)
 */
export function compilePattern(pattern: string): EventMatcher {
  let json: unknown;
  try {
    json = JSON.parse(pattern);
  } catch (error) {
    throw invalidPattern(`Filter is not valid JSON: ${String(error)}`);
  }
  if (!isJsonObject(json)) throw invalidPattern("Filter is not an object");
  const alternatives = compileFields(json, "");
  checkComplexity(alternatives);
  return (event) => {
    const fields = fieldsOf(event);
    return alternatives.some((alternative) => matchesAll(alternative, fields, []));
  };
}

function compileFields(pattern: Record<string, unknown>, path: string): readonly Alternative[] {
  const members = Object.entries(pattern);
  if (members.length === 0) throw invalidPattern("Empty objects are not allowed");
  let alternatives: readonly Alternative[] = [[]];
  for (const [name, value] of members) {
    const added =
      name === "$or" && isAlternatives(value)
        ? value.flatMap((one) => compileFields(one, path))
        : compileField(path === "" ? name : `${path}.${name}`, name, value);
    if (alternatives.length * added.length > maxAlternatives) {
      throw invalidPattern(`$or has more than ${maxAlternatives} combinations`);
    }
    alternatives = alternatives.flatMap((alternative) => added.map((more) => combined(alternative, more)));
  }
  return alternatives;
}

function combined(some: Alternative, more: Alternative): Alternative {
  const twice = more.find(({ path }) => some.some((field) => field.path === path));
  if (twice !== undefined) throw invalidPattern(`Path \`${twice.path}\` cannot be allowed multiple times`);
  return [...some, ...more];
}

/** Whether `$or` is the operator and not a field with that name. */
function isAlternatives(value: unknown): value is Record<string, unknown>[] {
  // `{ "prefix": "a" }` compares the value of a field with the name `$or`.
  const isFilter = (one: Record<string, unknown>): boolean => Object.keys(one).some((name) => operators.has(name));
  return Array.isArray(value) && value.length > 1 && value.every(isJsonObject) && !value.some(isFilter);
}

function compileField(path: string, name: string, pattern: unknown): readonly Alternative[] {
  if (isJsonObject(pattern)) return compileFields(pattern, path);
  if (!Array.isArray(pattern)) throw invalidPattern(`"${name}" must be an object or an array`);
  if (pattern.length === 0) throw invalidPattern("Empty arrays are not allowed");
  return [[{ path, filters: pattern.map(compileFilter), text: JSON.stringify(pattern) }]];
}

/** Finds a field of the event for each pattern so that the chosen fields of an array are in the same elements. */
function matchesAll(
  [first, ...rest]: Alternative,
  fields: ReadonlyMap<string, readonly EventField[]>,
  chosen: readonly EventField[],
): boolean {
  if (first === undefined) return true;
  const present = fields.get(first.path);
  if (present === undefined) {
    return first.filters.some((matches) => matches(undefined)) && matchesAll(rest, fields, chosen);
  }
  return present.some(
    (field) =>
      first.filters.some((matches) => matches(field.value)) &&
      chosen.every((other) => isTogether(field, other)) &&
      matchesAll(rest, fields, [...chosen, field]),
  );
}
