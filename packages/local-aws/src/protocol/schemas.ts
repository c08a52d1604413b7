/**
 * The only file that touches the SDK's own schemas (`UpdateService$` and the like). They know members, types and which
 * members are required; they know no enums, lengths or patterns, and no difference between whole and other numbers.
 */
import { NormalizedSchema } from "@smithy/core/schema";
import type { StaticOperationSchema } from "@smithy/types";

/** The SDK's schema of an operation, as every client package exports it. */
export type OperationSchema = StaticOperationSchema;

/** What a value on the wire may be. Structures are shared and may contain themselves. */
export type Shape =
  | { kind: "string" | "boolean" | "number" | "timestamp" | "blob" | "document" }
  | { kind: "list" | "map"; value: Shape }
  | StructureShape;

export type StructureShape = {
  kind: "structure" | "union";
  members: ReadonlyMap<string, Shape>;
  required: readonly string[];
};

export type OperationShape = { name: string; input: StructureShape; output: StructureShape };

/** Name, input and output of an operation. @throws TypeError when the schema is not that of an operation with structures. */
export function operationShape(schema: OperationSchema): OperationShape {
  const [, , name, , input, output] = schema;
  return { name, input: structureOf(NormalizedSchema.of(input)), output: structureOf(NormalizedSchema.of(output)) };
}

/** How the REST protocols carry an operation's request: what is bound to nothing here is in the JSON body. */
export type HttpBinding = {
  method: string;
  /** `/schedules/{Name}`; what is in braces are input members. */
  uri: string;
  /** Input member by the name of the query parameter that carries it. */
  query: ReadonlyMap<string, string>;
};

/** @throws TypeError for an operation that is not bound to HTTP, or whose input needs headers or a payload of its own */
export function httpBinding(schema: OperationSchema): HttpBinding {
  const [, , name, , input] = schema;
  const operation = NormalizedSchema.of(schema).getMergedTraits();
  if (operation.http === undefined) throw new TypeError(`${name} is not bound to HTTP`);
  const [method, uri] = operation.http;
  const query = new Map<string, string>();
  for (const [member, memberSchema] of NormalizedSchema.of(input).structIterator()) {
    const { httpQuery, httpHeader, httpPayload, httpPrefixHeaders } = memberSchema.getMergedTraits();
    if ([httpHeader, httpPayload, httpPrefixHeaders].some((trait) => trait !== undefined)) {
      throw new TypeError(`${name}: the local AWS cannot read ${member} from where it is`);
    }
    if (httpQuery !== undefined) query.set(httpQuery, member);
  }
  return { method, uri, query };
}

const structures = new Map<unknown, StructureShape>();
const nothing: StructureShape = { kind: "structure", members: new Map(), required: [] };

function structureOf(schema: NormalizedSchema): StructureShape {
  if (schema.isUnitSchema()) return nothing;
  const raw = schema.getSchema();
  const known = structures.get(raw);
  if (known !== undefined) return known;
  if (!Array.isArray(raw) || !schema.isStructSchema())
    throw new TypeError(`${schema.getName(true)} is not a structure`);

  const members = new Map<string, Shape>();
  const shape: StructureShape = {
    kind: schema.isUnionSchema() ? "union" : "structure",
    members,
    required: requiredMembers(raw),
  };
  // Remembered before its members are read: structures may contain themselves.
  structures.set(raw, shape);
  for (const [name, member] of schema.structIterator()) members.set(name, shapeOf(member));
  return shape;
}

/** The SDK lists required members first; the seventh element of a structure's schema counts them. */
function requiredMembers(raw: readonly unknown[]): string[] {
  const [, , , , names, , count] = raw;
  if (!Array.isArray(names) || typeof count !== "number") return [];
  return names.slice(0, count).map(String);
}

function shapeOf(schema: NormalizedSchema): Shape {
  if (schema.isListSchema()) return { kind: "list", value: shapeOf(schema.getValueSchema()) };
  if (schema.isMapSchema()) return { kind: "map", value: shapeOf(schema.getValueSchema()) };
  if (schema.isStructSchema()) return structureOf(schema);
  if (schema.isStringSchema()) return { kind: "string" };
  if (schema.isBooleanSchema()) return { kind: "boolean" };
  if (schema.isNumericSchema()) return { kind: "number" };
  if (schema.isTimestampSchema()) return { kind: "timestamp" };
  if (schema.isBlobSchema()) return { kind: "blob" };
  if (schema.isDocumentSchema()) return { kind: "document" };
  throw new TypeError(`${schema.getName(true)}: a type that the local AWS cannot read or write`);
}
