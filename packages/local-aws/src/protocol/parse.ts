import { AwsError, notInLocalAws } from "./errors.ts";
import { isJsonObject } from "./json.ts";
import type { Shape, StructureShape } from "./schemas.ts";

type Missing = { paths: string[] };

export type ParseOptions = {
  /** `ecs:UpdateService`, for messages. */
  operation: string;
  /** Top-level members that are implemented. */
  members: readonly string[];
  /** Name of the error for missing required members. */
  validationError: string;
};

/**
 * Parses a request of the awsJson protocols. Timestamps become Dates, blobs become bytes. Nulls and unknown keys are
 * dropped, as at AWS.
 *
 * @throws AwsError `SerializationException` for invalid JSON or a wrong type, naming the member; `validationError` for
 * missing required members, all of them in one message; `NotInLocalAws` for a member that is not implemented
 */
export function parseRequest(shape: StructureShape, body: string, options: ParseOptions): Record<string, unknown> {
  const json = parseJson(body);
  if (!isJsonObject(json)) throw wrongType(json, "Structure", "");
  refuseUnimplemented(shape, json, options);
  const missing: Missing = { paths: [] };
  const input = structure(shape, json, "", missing);
  if (missing.paths.length > 0) throw missingMembers(missing.paths, options.validationError);
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
    if (value === null || !shape.members.has(name) || options.members.includes(name)) continue;
    throw notInLocalAws(`the member '${name}' of ${options.operation}`);
  }
}

function missingMembers(paths: readonly string[], errorName: string): AwsError {
  const errors = paths.map((path) => `Value null at '${path}' failed to satisfy constraint: Member must not be null`);
  const count = errors.length === 1 ? "1 validation error" : `${errors.length} validation errors`;
  return new AwsError(errorName, `${count} detected: ${errors.join("; ")}`);
}

function structure(shape: StructureShape, json: unknown, path: string, missing: Missing): Record<string, unknown> {
  if (!isJsonObject(json)) throw wrongType(json, "Structure", path);
  const parsed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    const member = shape.members.get(name);
    if (member === undefined || value === null) continue;
    parsed[name] = parseValue(member, value, memberPath(path, name), missing);
  }
  for (const name of shape.required) {
    if (!Object.hasOwn(parsed, name)) missing.paths.push(memberPath(path, name));
  }
  if (shape.kind === "union" && Object.keys(parsed).length !== 1) {
    throw new AwsError("SerializationException", `Exactly one member must be set at '${path}'`);
  }
  return parsed;
}

function parseValue(shape: Shape, json: unknown, path: string, missing: Missing): unknown {
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
        return json.map((item, index) => parseValue(shape.value, item, `${path}.${index + 1}.member`, missing));
      }
      break;
    case "map":
      if (isJsonObject(json)) return map(shape.value, json, path, missing);
      break;
    case "structure":
    case "union":
      return structure(shape, json, path, missing);
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

function map(value: Shape, json: Record<string, unknown>, path: string, missing: Missing): Record<string, unknown> {
  // `fromEntries` treats `__proto__` like any other key.
  return Object.fromEntries(
    Object.entries(json)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, parseValue(value, item, `${path}.${key}.member`, missing)]),
  );
}

function bytes(base64: string, path: string): Uint8Array {
  const decoded = Buffer.from(base64, "base64");
  if (decoded.toString("base64") !== base64) {
    throw new AwsError("SerializationException", `The value at '${path}' is not valid base64`);
  }
  return decoded;
}

/** AWS's messages use the names of its servers' fields: `entries.1.member.source` for `Entries[0].Source`. */
function memberPath(path: string, name: string): string {
  const field = name.charAt(0).toLowerCase() + name.slice(1);
  return path === "" ? field : `${path}.${field}`;
}

function wrongType(json: unknown, expected: string, path: string): AwsError {
  const found = `${json === null ? "NULL" : Array.isArray(json) ? "LIST" : kindOf(json)}_VALUE`;
  const where = path === "" ? "" : ` at '${path}'`;
  return new AwsError("SerializationException", `${found} can not be converted to a ${expected}${where}`);
}

function kindOf(json: unknown): string {
  return typeof json === "object" ? "STRUCTURE" : (typeof json).toUpperCase();
}
