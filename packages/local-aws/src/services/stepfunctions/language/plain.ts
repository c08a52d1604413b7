import { ExactNumber, isJsonArray, isJsonObject, type Json } from "./json.ts";

const plainOf = new WeakMap<object, object>();
const jsonOf = new WeakMap<object, Json>();

/** Data as JSONata computes with it: each ExactNumber is JavaScript's nearest number. */
export function toPlain(value: Json): unknown {
  if (value instanceof ExactNumber) return value.valueOf();
  if (typeof value !== "object" || value === null) return value;
  const known = plainOf.get(value);
  if (known !== undefined) return known;
  const plain = withPlainMembers(value);
  plainOf.set(value, plain);
  if (plain !== value) jsonOf.set(plain, value);
  return plain;
}

/** The value that `toPlain` converted to this object: an expression that returns it unchanged does not change its numbers. */
export function jsonBefore(plain: object): Json | undefined {
  return jsonOf.get(plain);
}

/** The same object if all of its members are plain. */
function withPlainMembers(value: object & Json): object {
  if (isJsonArray(value)) {
    const items = value.map(toPlain);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).map(([key, member]) => [key, toPlain(member)] as const);
  return members.every(([key, member]) => member === value[key]) ? value : Object.fromEntries(members);
}
