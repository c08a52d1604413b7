/** For tests: a request for each member of an operation, with a value that AWS refuses. */
import type { Constraint, Constraints } from "../protocol/constraints.ts";
import { findViolations } from "../protocol/constraints.ts";
import { operationShape, type Shape, type StructureShape } from "../protocol/schemas.ts";
import type { LocalService, Operations } from "../protocol/service.ts";

/** One request that AWS refuses. */
export type Refusable = {
  operation: string;
  /** `deploymentConfiguration.strategy` */
  member: string;
  kind: "type" | "missing" | "oneOf" | "length" | "pattern" | "range" | "endless";
  input: Record<string, unknown>;
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
    const add = (kind: Refusable["kind"], member: string, value: Record<string, unknown>) =>
      void found.push({ operation, member, kind, input: value });
    walk({ constraints, add, seen: new Set() }, input, base, (changed) => changed, members);
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

type Walk = {
  constraints: Constraints;
  add: (kind: Refusable["kind"], member: string, input: Record<string, unknown>) => void;
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
    const add = (kind: Refusable["kind"], value: unknown) => search.add(kind, at, within({ ...base, [member]: value }));
    if (shape.required.includes(member)) {
      const { [member]: _, ...rest } = base;
      search.add("missing", at, within(rest));
    }
    refuse(search.constraints, memberShape, table[member] ?? {}, add);
    const inner = innerStructure(memberShape);
    if (inner === undefined || seen.has(inner.shape.name)) continue;
    const innerBase = validStructure(search.constraints, inner.shape);
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
  add: (kind: Refusable["kind"], value: unknown) => void,
): void {
  if (shape.kind !== "document") add("type", shape.kind === "string" ? {} : "text");
  if (constraint.oneOf !== undefined) add("oneOf", "colour");
  if (constraint.pattern !== undefined) add("pattern", "é\u0000 é");
  if (constraint.range !== undefined) {
    add("range", constraint.range[0] - 1);
    add("range", constraint.range[1] + 1);
  }
  if (shape.kind === "string" && (constraint.length?.[1] ?? 0) < endlessText.length) add("endless", endlessText);
  if (constraint.length !== undefined) {
    const [min, max] = constraint.length;
    const sized = (length: number) =>
      shape.kind === "list"
        ? Array.from({ length }, () => validValue(constraints, shape.value, constraint.each ?? {}))
        : "a".repeat(length);
    add("length", sized(max + 1));
    if (min > 0) add("length", sized(min - 1));
  }
  if (shape.kind === "list") {
    refuse(constraints, shape.value, constraint.each ?? {}, (kind, value) => add(kind, [value]));
  }
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
