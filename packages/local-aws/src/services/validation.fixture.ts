/** For tests: a request for each member of an operation, with a value that AWS refuses. */
import type { Constraint, Constraints } from "../protocol/constraints.ts";
import { findViolations } from "../protocol/constraints.ts";
import { isJsonObject } from "../protocol/json.ts";
import { operationShape, type Shape, type StructureShape } from "../protocol/schemas.ts";
import type { LocalService, Operations } from "../protocol/service.ts";

/** One request that AWS refuses. */
export type Refusable = {
  operation: string;
  /** `deploymentConfiguration.strategy` */
  member: string;
  kind: RefusalKind;
  input: Record<string, unknown>;
};

/** `endless` is a text longer than any that AWS accepts, `fraction` a number with decimals in place of an integer. */
export const refusalKinds = ["type", "missing", "oneOf", "length", "pattern", "range", "fraction", "endless"] as const;

type RefusalKind = (typeof refusalKinds)[number];

/** What the walk over one service's requests needs. */
export type Validated = {
  /** Names of the service's errors for a member that breaks a constraint or names nothing. */
  errors: readonly string[];
  /** Requests that create what the valid requests refer to. */
  setUp: readonly (readonly [operation: string, input: object])[];
  valid: ValidRequests;
  /** Requests for something that does not exist, or that AWS refuses for another reason, with the error. */
  absent: readonly (readonly [operation: string, input: object, error: string])[];
  /** Members whose text may have any length, or is answered with a failure in an answer without error. */
  free: readonly string[];
  /** Members of type double: `PutMetricAlarm.Threshold`. All other numbers are integers. */
  decimal?: readonly string[];
};

/** Longer than any text that AWS accepts in a request, except where a constraint says so. */
const endlessText = "x".repeat(100_000);

function operationsOf({ api }: LocalService): Operations {
  return api === undefined || "perform" in api ? {} : api.operations;
}

function constraintsOf({ api }: LocalService): Constraints {
  return api === undefined || !("constraints" in api) ? {} : (api.constraints ?? {});
}

/** Members of otherwise valid requests by operation; their required members are found out. */
export type ValidRequests = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The members of a valid request. */
export function baseOf(service: LocalService, operation: string, valid: ValidRequests): Record<string, unknown> {
  const schema = operationsOf(service)[operation]?.schema;
  if (schema === undefined) throw new Error(`There is no operation ${operation}`);
  return { ...validStructure(constraintsOf(service), operationShape(schema).input), ...valid[operation] };
}

/** The requests to one service that AWS refuses, for every implemented member of every operation, at every depth. */
export function refusableRequests(service: LocalService, valid: ValidRequests): readonly Refusable[] {
  const constraints = constraintsOf(service);
  return Object.entries(operationsOf(service)).flatMap(([operation, { schema, members }]) => {
    const { input } = operationShape(schema);
    const base = baseOf(service, operation, valid);
    const found: Refusable[] = [];
    const add = (kind: RefusalKind, member: string, value: Record<string, unknown>) =>
      void found.push({ operation, member, kind, input: value });
    walk({ form: isForm(service), constraints, add, seen: new Set() }, input, base, (changed) => changed, members);
    return found;
  });
}

/** Constraints of structures or members that no request of the service contains: misspelt, or left over. */
export function unusedConstraints(service: LocalService): readonly string[] {
  const structures = new Map<string, StructureShape>();
  const collect = (shape: Shape): void => {
    if (shape.kind === "list" || shape.kind === "map") return collect(shape.value);
    if ((shape.kind !== "structure" && shape.kind !== "union") || structures.has(shape.name)) return;
    structures.set(shape.name, shape);
    shape.members.forEach(collect);
  };
  for (const { schema } of Object.values(operationsOf(service))) collect(operationShape(schema).input);
  return Object.entries(constraintsOf(service)).flatMap(([structure, members]) =>
    Object.keys(members)
      .filter((member) => structures.get(structure)?.members.has(member) !== true)
      .map((member) => `${structure}.${member}`),
  );
}

/** In the query protocol every value is text. */
function isForm({ api }: LocalService): boolean {
  return api?.protocol === "query";
}

type Walk = {
  /** Whether a text can stand for a value of another type, and the reverse. */
  form: boolean;
  constraints: Constraints;
  add: (kind: RefusalKind, member: string, input: Record<string, unknown>) => void;
  /** Structures on the way from the request: they can contain themselves. */
  seen: ReadonlySet<string>;
};

/** @param within puts a changed structure into the whole request */
function walk(
  search: Walk,
  shape: StructureShape,
  base: Record<string, unknown>,
  within: (changed: Record<string, unknown>) => Record<string, unknown>,
  members: readonly string[],
  path = "",
): void {
  const table = search.constraints[shape.name] ?? {};
  const seen = new Set([...search.seen, shape.name]);
  for (const [member, memberShape] of shape.members) {
    if (!members.includes(member)) continue;
    const at = path === "" ? member : `${path}.${member}`;
    const add = (kind: RefusalKind, value: unknown) => search.add(kind, at, within({ ...base, [member]: value }));
    if (shape.required.includes(member)) {
      const { [member]: _, ...rest } = base;
      search.add("missing", at, within(rest));
    }
    refuse(search.constraints, memberShape, table[member] ?? {}, (kind, value) => {
      if (!search.form || kind !== "type" || memberShape.kind === "number") add(kind, value);
    });
    const inner = innerStructure(memberShape);
    if (inner === undefined || seen.has(inner.shape.name)) continue;
    const given: unknown = Array.isArray(base[member]) ? base[member][0] : base[member];
    const innerBase = isJsonObject(given) ? given : validStructure(search.constraints, inner.shape);
    const innerWithin = (changed: Record<string, unknown>) => within({ ...base, [member]: inner.wrap(changed) });
    walk({ ...search, seen }, inner.shape, innerBase, innerWithin, [...inner.shape.members.keys()], at);
  }
}

function innerStructure(shape: Shape): { shape: StructureShape; wrap: (value: unknown) => unknown } | undefined {
  if (shape.kind === "structure") return { shape, wrap: (value) => value };
  if (shape.kind === "list" && shape.value.kind === "structure")
    return { shape: shape.value, wrap: (value) => [value] };
  return undefined;
}

function refuse(
  constraints: Constraints,
  shape: Shape,
  constraint: Constraint,
  add: (kind: RefusalKind, value: unknown) => void,
): void {
  if (shape.kind !== "document") add("type", shape.kind === "string" ? {} : "not base64");
  if (shape.kind === "number") add("fraction", (constraint.range?.[0] ?? 1) + 0.5);
  if (constraint.oneOf !== undefined) add("oneOf", "colour");
  const { pattern } = constraint;
  if (pattern !== undefined)
    add(
      "pattern",
      oddTexts.find((text) => !isValid({ pattern }, text)),
    );
  for (const number of constraint.range === undefined ? [] : outside(constraint.range)) add("range", number);
  if (shape.kind === "string" && (constraint.length?.[1] ?? 0) < endlessText.length) add("endless", endlessText);
  for (const size of constraint.length === undefined ? [] : outside(constraint.length)) {
    if (size >= 0) add("length", sized(constraints, shape, constraint, size));
  }
  if (shape.kind === "list") {
    refuse(constraints, shape.value, constraint.each ?? {}, (kind, value) => add(kind, [value]));
  }
  if (shape.kind === "map") {
    refuse(constraints, shape.value, constraint.each ?? {}, (kind, value) => add(kind, { key: value }));
    const { length = [0, Infinity] } = constraint.keys ?? {};
    for (const size of outside(length)) if (size >= 0) add("length", { ["k".repeat(size)]: "value" });
  }
}

const oddTexts = ["é\u0000 é", "a:*", "aws:"];

/** The values next to the limits. */
function outside([min, max]: readonly [number, number]): readonly number[] {
  return max === Infinity ? [min - 1] : [min - 1, max + 1];
}

function sized(constraints: Constraints, shape: Shape, constraint: Constraint, size: number): unknown {
  if (shape.kind === "blob") return Buffer.alloc(size).toString("base64");
  if (shape.kind !== "list" && shape.kind !== "map") return "a".repeat(size);
  const values = Array.from({ length: size }, () => validValue(constraints, shape.value, constraint.each ?? {}));
  return shape.kind === "list" ? values : Object.fromEntries(values.map((value, index) => [`key${index}`, value]));
}

/** A structure with its required members only. */
function validStructure(constraints: Constraints, shape: StructureShape): Record<string, unknown> {
  const table = constraints[shape.name] ?? {};
  return Object.fromEntries(
    shape.required.flatMap((member) => {
      const memberShape = shape.members.get(member);
      return memberShape === undefined ? [] : [[member, validValue(constraints, memberShape, table[member] ?? {})]];
    }),
  );
}

const texts = ["shop", "111122223333", "0".repeat(32), `sha256:${"0".repeat(64)}`, "1", "*", "{}"];

function validValue(constraints: Constraints, shape: Shape, constraint: Constraint): unknown {
  switch (shape.kind) {
    case "string":
      return constraint.oneOf?.[0] ?? texts.find((text) => isValid(constraint, text)) ?? "";
    case "number":
      return constraint.range?.[0] ?? 1;
    case "boolean":
      return true;
    case "timestamp":
      return 0;
    case "blob":
      return "";
    case "document":
      return {};
    case "map":
      return {};
    case "list":
      return [validValue(constraints, shape.value, constraint.each ?? {})];
    case "structure":
    case "union":
      return validStructure(constraints, shape);
  }
}

function isValid(constraint: Constraint, text: string): boolean {
  const shape: StructureShape = {
    kind: "structure",
    name: "Any",
    members: new Map([["text", { kind: "string" }]]),
    required: [],
  };
  return findViolations(shape, { text }, { Any: { text: constraint } }).length === 0;
}
