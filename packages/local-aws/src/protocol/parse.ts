import { type Constraints, findViolations, memberPath, type RefuseViolations } from "./constraints.ts";
import { AwsError, notInLocalAws } from "./errors.ts";
import { isJsonObject } from "./json.ts";
import type { Shape, StructureShape } from "./schemas.ts";

export type ParseOptions = {
  /** `ecs:UpdateService`, for messages. */
  operation: string;
  /** Top-level members that are implemented. */
  members: readonly string[];
  constraints: Constraints;
  /** The error for missing required members and broken constraints. */
  refuse: RefuseViolations;
};

/**
 * Parses a request of the awsJson protocols. Timestamps become Dates, blobs become bytes. Nulls and unknown keys are
 * dropped, as at AWS, and so are empty lists and maps of members that are not implemented: they ask for nothing.
 *
 * @throws AwsError `SerializationException` for invalid JSON or a wrong type, naming the member; the service's error for
 * missing required members and broken constraints; `NotInLocalAws` for a member that is not implemented
 */
export function parseRequest(shape: StructureShape, body: string, options: ParseOptions): Record<string, unknown> {
  const json = parseJson(body);
  if (!isJsonObject(json)) throw wrongType(json, "Structure", "");
  refuseUnimplemented(shape, json, options);
  const input = structure(shape, json, "");
  for (const name of Object.keys(input)) if (!options.members.includes(name)) delete input[name];
  const violations = findViolations(shape, input, options.constraints);
  if (violations.length > 0) throw options.refuse(violations, options.operation);
  return input;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new AwsError("SerializationException", `The request is not JSON: ${String(error)}`);
  }
}

function refuseUnimplemented(shape: StructureShape, json: Record<string, unknown>, options: ParseOptions): void {
  for (const [name, value] of Object.entries(json)) {
    const member = shape.members.get(name);
    if (value === null || member === undefined || options.members.includes(name) || isEmpty(member, value)) continue;
    throw notInLocalAws(`the member '${name}' of ${options.operation}`);
  }
}

function isEmpty({ kind }: Shape, value: unknown): boolean {
  if (kind === "list") return Array.isArray(value) && value.length === 0;
  return kind === "map" && isJsonObject(value) && Object.keys(value).length === 0;
}

function structure(shape: StructureShape, json: unknown, path: string): Record<string, unknown> {
  if (!isJsonObject(json)) throw wrongType(json, "Structure", path);
  const parsed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    const member = shape.members.get(name);
    if (member === undefined || value === null) continue;
    parsed[name] = parseValue(member, value, memberPath(path, name));
  }
  if (shape.kind === "union" && Object.keys(parsed).length !== 1) {
    throw new AwsError("SerializationException", `Exactly one member must be set at '${path}'`);
  }
  return parsed;
}

function parseValue(shape: Shape, json: unknown, path: string): unknown {
  switch (shape.kind) {
    case "string":
    case "boolean":
    case "number":
      if (typeof json === shape.kind) return json;
      break;
    case "timestamp":
      if (typeof json === "number") return new Date(json * 1000);
      break;
    case "blob":
      if (typeof json === "string") return bytes(json, path);
      break;
    case "document":
      return json;
    case "list":
      // AWS's messages count the elements of lists from 1.
      if (Array.isArray(json)) {
        return json.map((item, index) => parseValue(shape.value, item, `${path}.${index + 1}.member`));
      }
      break;
    case "map":
      if (isJsonObject(json)) return map(shape.value, json, path);
      break;
    case "structure":
    case "union":
      return structure(shape, json, path);
  }
  throw wrongType(json, expectation[shape.kind], path);
}

const expectation = {
  string: "String",
  boolean: "Boolean",
  number: "Number",
  timestamp: "Timestamp",
  blob: "Blob",
  list: "List",
  map: "Map",
} as const;

function map(value: Shape, json: Record<string, unknown>, path: string): Record<string, unknown> {
  // `fromEntries` treats `__proto__` like any other key.
  return Object.fromEntries(
    Object.entries(json)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, parseValue(value, item, `${path}.${key}.member`)]),
  );
}

function bytes(base64: string, path: string): Uint8Array {
  const decoded = Buffer.from(base64, "base64");
  if (decoded.toString("base64") !== base64) {
    throw new AwsError("SerializationException", `The value at '${path}' is not valid base64`);
  }
  return decoded;
}

function wrongType(json: unknown, expected: string, path: string): AwsError {
  const found = `${json === null ? "NULL" : Array.isArray(json) ? "LIST" : kindOf(json)}_VALUE`;
  const where = path === "" ? "" : ` at '${path}'`;
  return new AwsError("SerializationException", `${found} can not be converted to a ${expected}${where}`);
}

function kindOf(json: unknown): string {
  return typeof json === "object" ? "STRUCTURE" : (typeof json).toUpperCase();
}
