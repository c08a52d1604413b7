import { isJsonObject } from "./json.ts";
import type { Shape, StructureShape } from "./schemas.ts";

/**
 * Serializes an answer of the awsJson protocols: Dates as seconds since the epoch, bytes as base64. Omits undefined.
 *
 * @throws TypeError when the value does not match the shape, also for unknown keys. This is a defect of the local AWS, not
 * the caller's error.
 */
export function serializeAnswer(shape: StructureShape, value: unknown): string {
  return JSON.stringify(structure(shape, value ?? {}, ""));
}

function toWire(shape: Shape, value: unknown, path: string): unknown {
  switch (shape.kind) {
    case "string":
    case "boolean":
      if (typeof value === shape.kind) return value;
      break;
    case "number":
      if (typeof value === "number" && Number.isFinite(value)) return value;
      break;
    case "timestamp":
      if (value instanceof Date && Number.isFinite(value.getTime())) return value.getTime() / 1000;
      break;
    case "blob":
      if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
      break;
    case "document":
      return value;
    case "list":
      if (Array.isArray(value)) return value.map((item, index) => toWire(shape.value, item, `${path}[${index}]`));
      break;
    case "map":
      if (isJsonObject(value)) return map(shape.value, value, path);
      break;
    case "structure":
    case "union":
      return structure(shape, value, path);
  }
  throw new TypeError(`The answer's ${path} is not a ${shape.kind}`);
}

function structure(shape: StructureShape, value: unknown, path: string): Record<string, unknown> {
  if (!isJsonObject(value)) throw new TypeError(`The answer's ${path || "body"} is not a structure`);
  const written: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const member = shape.members.get(name);
    if (member === undefined) throw new TypeError(`The answer's ${path}.${name} is not in the SDK's schema`);
    written[name] = toWire(member, item, `${path}.${name}`);
  }
  return written;
}

function map(shape: Shape, value: Record<string, unknown>, path: string): Record<string, unknown> {
  // `fromEntries` treats `__proto__` like any other key.
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, toWire(shape, item, `${path}.${key}`)]),
  );
}
