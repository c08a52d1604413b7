/**
 * What AWS demands of request members beyond their type. The SDK's schemas do not contain it; each service has a table of
 * it, from AWS's API models and reference.
 */
import { AwsError } from "./errors.ts";
import { isJsonObject } from "./json.ts";
import type { Shape, StructureShape } from "./schemas.ts";

/** Both limits are inclusive. */
type Limits = readonly [min: number, max: number];

export type Constraint = {
  /** The values of an enumeration. */
  oneOf?: readonly string[];
  /** Characters of a string, elements of a list, or entries of a map. */
  length?: Limits;
  /** Matches the whole string. */
  pattern?: RegExp;
  /** Values of a number. */
  range?: Limits;
  /** Whether a number is an integer, which the SDK's schemas do not say. */
  integer?: true;
  /** A list's elements, or a map's values. */
  each?: Constraint;
  /** A map's keys. */
  keys?: Constraint;
};

/**
 * Constraints by the SDK's name of a structure, then by member: `{ Tag: { key: { length: [1, 128] } } }`. They apply to the
 * structure in all requests that contain it.
 */
export type Constraints = Readonly<Record<string, Readonly<Record<string, Constraint>>>>;

/** A member that breaks a constraint. */
export type Violation = {
  /** `entries.1.member.source`, as in AWS's messages. */
  path: string;
  /** Name of the member: `source`. */
  member: string;
  /** Undefined for a missing member. */
  value: unknown;
  /** The constraint in AWS's words: `Member must not be null`. */
  constraint: string;
  broken:
    | { kind: "required" }
    | { kind: "oneOf"; values: readonly string[] }
    | { kind: "length"; limits: Limits; of: "string" | "list" }
    | { kind: "pattern"; pattern: string }
    | { kind: "range"; limits: Limits };
};

/** Creates a service's error for a request that breaks constraints; there is at least one violation. */
export type RefuseViolations = (violations: readonly Violation[], operation: string) => AwsError;

/** The error of most services: it lists all violations. */
export function listViolations(errorName: string): RefuseViolations {
  return (violations) => {
    const errors = violations.map(({ path, value, constraint }) => {
      const shown = value === undefined ? "Value null" : `Value '${shownValue(value)}'`;
      return `${shown} at '${path}' failed to satisfy constraint: ${constraint}`;
    });
    const count = errors.length === 1 ? "1 validation error" : `${errors.length} validation errors`;
    return new AwsError(errorName, `${count} detected: ${errors.join("; ")}`);
  };
}

function shownValue(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : JSON.stringify(value);
}

/**
 * Finds the missing members and the broken constraints of a parsed request.
 *
 * @throws AwsError SerializationException for a fraction in place of an integer, which is a wrong type
 */
export function findViolations(
  shape: StructureShape,
  input: Readonly<Record<string, unknown>>,
  constraints: Constraints,
): readonly Violation[] {
  const found: Violation[] = [];
  checkStructure({ constraints, found }, shape, input, "");
  return found;
}

type Search = { constraints: Constraints; found: Violation[] };

function checkStructure(
  search: Search,
  shape: StructureShape,
  input: Readonly<Record<string, unknown>>,
  path: string,
): void {
  const constraints = search.constraints[shape.name] ?? {};
  for (const [member, value] of Object.entries(input)) {
    const memberShape = shape.members.get(member);
    if (memberShape === undefined) continue;
    check(search, memberShape, constraints[member] ?? {}, { value, member, path: memberPath(path, member) });
  }
  for (const member of shape.required) {
    if (Object.hasOwn(input, member)) continue;
    search.found.push({
      path: memberPath(path, member),
      member,
      value: undefined,
      constraint: "Member must not be null",
      broken: { kind: "required" },
    });
  }
}

type Place = { value: unknown; member: string; path: string };

function check(search: Search, shape: Shape, constraint: Constraint, place: Place): void {
  const { value, member, path } = place;
  if (constraint.integer === true && typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new AwsError("SerializationException", `DECIMAL_VALUE can not be converted to an Integer at '${path}'`);
  }
  const broken = brokenConstraint(constraint, value);
  if (broken !== undefined) search.found.push({ ...place, ...broken });
  if (shape.kind === "list" && Array.isArray(value)) {
    // AWS's messages count the elements of lists from 1.
    for (const [index, item] of value.entries()) {
      check(search, shape.value, constraint.each ?? {}, { value: item, member, path: `${path}.${index + 1}.member` });
    }
  } else if (shape.kind === "map" && isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      const wrongKey = brokenConstraint(constraint.keys ?? {}, key);
      if (wrongKey !== undefined) search.found.push({ value: key, member, path: `${path}.key`, ...wrongKey });
      check(search, shape.value, constraint.each ?? {}, { value: item, member, path: `${path}.${key}.member` });
    }
  } else if ((shape.kind === "structure" || shape.kind === "union") && isJsonObject(value)) {
    checkStructure(search, shape, value, path);
  }
}

/** The first constraint that a value breaks. */
function brokenConstraint(
  { oneOf, length, pattern, range }: Constraint,
  value: unknown,
): Pick<Violation, "constraint" | "broken"> | undefined {
  const size = sizeOf(value);
  if (oneOf !== undefined && typeof value === "string" && !oneOf.includes(value)) {
    return {
      constraint: `Member must satisfy enum value set: [${oneOf.join(", ")}]`,
      broken: { kind: "oneOf", values: oneOf },
    };
  }
  if (length !== undefined && size !== undefined && isOutside(length, size)) {
    const of = typeof value === "string" ? "string" : "list";
    return {
      constraint: `Member must have length ${limitText(length, size)}`,
      broken: { kind: "length", limits: length, of },
    };
  }
  if (pattern !== undefined && typeof value === "string" && !matchesWhole(pattern, value)) {
    return {
      constraint: `Member must satisfy regular expression pattern: ${pattern.source}`,
      broken: { kind: "pattern", pattern: pattern.source },
    };
  }
  if (range !== undefined && typeof value === "number" && isOutside(range, value)) {
    return {
      constraint: `Member must have value ${limitText(range, value)}`,
      broken: { kind: "range", limits: range },
    };
  }
  return undefined;
}

function sizeOf(value: unknown): number | undefined {
  if (typeof value === "string" || Array.isArray(value) || value instanceof Uint8Array) return value.length;
  return isJsonObject(value) ? Object.keys(value).length : undefined;
}

function isOutside([min, max]: Limits, size: number): boolean {
  return size < min || size > max;
}

function limitText([min, max]: Limits, size: number): string {
  return size < min ? `greater than or equal to ${min}` : `less than or equal to ${max}`;
}

function matchesWhole(pattern: RegExp, value: string): boolean {
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags).test(value);
}

/** AWS's messages use the names of its servers' fields: `entries.1.member.source` for `Entries[0].Source`. */
export function memberPath(path: string, name: string): string {
  const field = name.charAt(0).toLowerCase() + name.slice(1);
  return path === "" ? field : `${path}.${field}`;
}
