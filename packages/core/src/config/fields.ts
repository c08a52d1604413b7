/** Walks the configuration's schema, for what valibot does not offer: all fields, and all unknown keys. */
import * as v from "valibot";
import { formatPath } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";

type Schema = v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>;
type Entries = Readonly<Record<string, Schema>>;

/** The inner schemas of valibot's schema types. */
type Structured = Schema & { entries?: Entries; value?: Schema; item?: Schema; wrapped?: Schema };

/** The inner schemas that are walked: the fields of an object, the values of a record, the elements of an array. */
type Structure = { fields?: Entries; values?: Schema; elements?: Schema };

function structureOf({ type, entries, value, item, wrapped }: Structured): Structure {
  if (wrapped !== undefined) return structureOf(wrapped);
  if (type === "strict_object" && entries !== undefined) return { fields: entries };
  if (type === "record" && value !== undefined) return { values: value };
  if (type === "array" && item !== undefined) return { elements: item };
  return {};
}

/** One field of the configuration, as its documentation describes it. */
export type Field = {
  /** From the top, `*` standing for any name and `[]` for any element: `repositories.*.images.*.context`. */
  path: string;
  required: boolean;
  /** The field's default, if it has one. */
  fallback?: unknown;
};

/** All fields of a schema, outer before inner. */
export function fieldsOf(schema: Schema, path = ""): readonly Field[] {
  const { fields = {}, values, elements } = structureOf(schema);
  const prefix = path === "" ? "" : `${path}.`;
  if (values !== undefined) return fieldsOf(values, `${prefix}*`);
  if (elements !== undefined) return fieldsOf(elements, `${path}[]`);
  return Object.entries(fields).flatMap(([key, field]) => {
    const fallback: unknown = v.getDefault(field);
    return [
      {
        path: `${prefix}${key}`,
        required: field.type !== "optional",
        ...(fallback !== undefined && { fallback }),
      },
      ...fieldsOf(field, `${prefix}${key}`),
    ];
  });
}

/** Every key that a schema does not know. Valibot reports only the first of each object, and suggests none. */
export function findUnknownKeys(
  schema: Schema,
  value: unknown,
  path: readonly (string | number)[] = [],
): readonly Violation[] {
  const { fields, values, elements } = structureOf(schema);
  if (elements !== undefined && Array.isArray(value)) {
    return value.flatMap((element: unknown, index) => findUnknownKeys(elements, element, [...path, index]));
  }
  if (!isRecord(value) || (fields === undefined && values === undefined)) return [];
  if (!isPlain(value)) return [{ path: formatPath(path), message: notPlain }];
  return Object.entries(value).flatMap(([key, inner]) => {
    const known = values ?? (fields !== undefined && Object.hasOwn(fields, key) ? fields[key] : undefined);
    if (known !== undefined) return findUnknownKeys(known, inner, [...path, key]);
    return [{ path: formatPath([...path, key]), message: unknownKey(key, Object.keys(fields ?? {})) }];
  });
}

const notPlain =
  "inherits from another object, whose fields would be ignored: write all fields here, and no field called __proto__";

/** Whether an object inherits only what all objects do: `{ __proto__: … }` sets what it inherits from, and has no such key. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unknownKey(key: string, known: readonly string[]): string {
  const likely = closest(key, known);
  return likely === undefined
    ? `is not a field here; use one of: ${known.join(", ")}`
    : `is not a field here; did you mean ${likely}?`;
}

/** The known name that is most similar to a mistyped one; undefined when none is similar. */
export function closest(name: string, known: readonly string[]): string | undefined {
  const candidates = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return candidates[0]?.candidate;
}

/** Number of insertions, deletions and substitutions between two texts (Levenshtein distance). */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 0; row < from.length; row += 1) {
    const current = [row + 1];
    for (let column = 0; column < to.length; column += 1) {
      const substituted = (previous[column] ?? 0) + (from[row] === to[column] ? 0 : 1);
      current.push(Math.min((current[column] ?? 0) + 1, (previous[column + 1] ?? 0) + 1, substituted));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
