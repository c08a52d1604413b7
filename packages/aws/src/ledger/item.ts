import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** One item of the ledger's table, in the form of DynamoDB's API. */
export type Item = Record<string, AttributeValue>;

/** A value in the form of DynamoDB's API; `undefined` when there is nothing to store. */
export function toAttribute(value: unknown): AttributeValue | undefined {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map(toElement) };
  return typeof value === "object" ? { M: toItem(value) } : undefined;
}

/** Plain data as an item's attributes, without members that are `undefined`. */
export function toItem(record: object): Item {
  const item: Item = {};
  for (const [name, value] of Object.entries(record)) {
    const attribute = toAttribute(value);
    if (attribute !== undefined) item[name] = attribute;
  }
  return item;
}

/** The plain data of an item, without its key. */
export function fromItem({ pk: _pk, sk: _sk, ...attributes }: Item): unknown {
  return fromAttribute({ M: attributes });
}

/** The plain data of one attribute. */
export function fromAttribute(attribute: AttributeValue): unknown {
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) return Number(attribute.N);
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.L !== undefined) return attribute.L.map(fromAttribute);
  if (attribute.M !== undefined) {
    return Object.fromEntries(Object.entries(attribute.M).map(([name, value]) => [name, fromAttribute(value)]));
  }
  return null;
}

const toElement = (value: unknown): AttributeValue => toAttribute(value) ?? { NULL: true };
