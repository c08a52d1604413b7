/**
 * The only file that reads the SDK's schemas (`UpdateService$` etc.). They contain members, types and required members, but
 * no enums, lengths or patterns, and do not distinguish integers from other numbers.
 */
import { NormalizedSchema } from "@smithy/core/schema";
import type { StaticOperationSchema } from "@smithy/types";

/** The SDK's schema of an operation, exported by each client package. */
export type OperationSchema = StaticOperationSchema;

/** The type of a value in a request or answer. Structures are shared and can contain themselves. */
export type Shape =
  | { kind: "string" | "boolean" | "number" | "timestamp" | "blob" | "document" }
  | { kind: "list" | "map"; value: Shape }
  | StructureShape;

export type StructureShape = {
  kind: "structure" | "union";
  /** The SDK's name of the structure: `UpdateServiceRequest`. */
  name: string;
  members: ReadonlyMap<string, Shape>;
  required: readonly string[];
};

export type OperationShape = { name: string; input: StructureShape; output: StructureShape };

/** Name, input and output of an operation. @throws TypeError when input or output is not a structure. */
export function operationShape(schema: OperationSchema): OperationShape {
  const [, , name, , input, output] = schema;
  return { name, input: structureOf(NormalizedSchema.of(input)), output: structureOf(NormalizedSchema.of(output)) };
}

/** How the REST protocols transport an operation's request. Unbound members are in the JSON body. */
export type HttpBinding = {
  method: string;
  /** For example `/schedules/{Name}`, with input members in braces. */
  uri: string;
  /** Input member by the name of its query parameter. */
  query: ReadonlyMap<string, string>;
};

/** @throws TypeError for an operation that is not bound to HTTP, or whose input has members in headers or a separate payload */
export function httpBinding(schema: OperationSchema): HttpBinding {
  const [, , name, , input] = schema;
  const operation = NormalizedSchema.of(schema).getMergedTraits();
  if (operation.http === undefined) throw new TypeError(`${name} has no HTTP binding`);
  const [method, uri] = operation.http;
  const query = new Map<string, string>();
  for (const [member, memberSchema] of NormalizedSchema.of(input).structIterator()) {
    const { httpQuery, httpHeader, httpPayload, httpPrefixHeaders } = memberSchema.getMergedTraits();
    if ([httpHeader, httpPayload, httpPrefixHeaders].some((trait) => trait !== undefined)) {
      throw new TypeError(`${name}: the local AWS cannot read ${member} from a header or a separate payload`);
    }
    if (httpQuery !== undefined) query.set(httpQuery, member);
  }
  return { method, uri, query };
}

const structures = new Map<unknown, StructureShape>();
const emptyStructure: StructureShape = { kind: "structure", name: "Unit", members: new Map(), required: [] };

function structureOf(schema: NormalizedSchema): StructureShape {
  if (schema.isUnitSchema()) return emptyStructure;
  const raw = schema.getSchema();
  const known = structures.get(raw);
  if (known !== undefined) return known;
  if (!Array.isArray(raw) || !schema.isStructSchema())
    throw new TypeError(`${schema.getName(true)} is not a structure`);

  const members = new Map<string, Shape>();
  const shape: StructureShape = {
    kind: schema.isUnionSchema() ? "union" : "structure",
    name: schema.getName() ?? "",
    members,
    required: requiredMembers(raw),
  };
  // Stored before its members are read, because structures can contain themselves.
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
  throw new TypeError(`The local AWS cannot read or write the type of ${schema.getName(true)}`);
}
