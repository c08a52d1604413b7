import { isJsonObject } from "./json.ts";
import type { Shape, StructureShape } from "./schemas.ts";

/**
 * Serializes the members of an answer as XML elements of the query protocol: dates as RFC 3339, list elements as `member`.
 *
 * @throws TypeError when the value does not match the shape. This is a defect of the local AWS, not the caller's error.
 */
export function xmlMembers(shape: StructureShape, value: unknown): string {
  if (!isJsonObject(value)) throw new TypeError("The answer is not a structure");
  return Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([name, item]) => {
      const member = shape.members.get(name);
      if (member === undefined) throw new TypeError(`The answer's ${name} is not in the SDK's schema`);
      return `<${name}>${xmlValue(member, item, name)}</${name}>`;
    })
    .join("");
}

function xmlValue(shape: Shape, value: unknown, name: string): string {
  switch (shape.kind) {
    case "string":
    case "boolean":
    case "number":
      if (typeof value === shape.kind) return escapeXml(String(value));
      break;
    case "timestamp":
      if (value instanceof Date) return value.toISOString().replace(".000Z", "Z");
      break;
    case "list":
      if (Array.isArray(value)) {
        return value.map((item) => `<member>${xmlValue(shape.value, item, name)}</member>`).join("");
      }
      break;
    case "structure":
    case "union":
      return xmlMembers(shape, value);
    case "blob":
    case "document":
    case "map":
      break;
  }
  throw new TypeError(`The answer's ${name} cannot be written as a ${shape.kind}`);
}

export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
