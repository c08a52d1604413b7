/**
 * DynamoDB refuses empty keys of tables and indexes. Dynalite checks a table's keys in items and in `Key`, and no others.
 *
 * @see https://github.com/architect/dynalite/issues/184
 */
import { isJsonObject } from "../../protocol/json.ts";
import { validation } from "./validation.ts";

type Json = Readonly<Record<string, unknown>>;
type Index = { name: string; keys: readonly string[] };

/** The keys of a table's indexes, from the request that creates it. */
export function indexesOf(createTable: Json): readonly Index[] {
  return ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"].flatMap((member) =>
    objectsIn(createTable[member]).map(({ IndexName, KeySchema }) => ({
      name: String(IndexName),
      keys: objectsIn(KeySchema).map(({ AttributeName }) => String(AttributeName)),
    })),
  );
}

/** @throws AwsError ValidationException for an item with an empty key of an index */
export function checkIndexKeys(indexes: readonly Index[], item: Json): void {
  for (const { name, keys } of indexes) {
    for (const key of keys) {
      const empty = emptyKind(item[key]);
      if (empty === undefined) continue;
      throw validation(
        `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${empty} value. IndexName: ${name}, IndexKey: ${key}`,
      );
    }
  }
}

/** The attributes that `SET name = :value` clauses of an update give a value. */
export function assignedValues(request: Json, values: Json): Json {
  const { UpdateExpression } = request;
  const expression = typeof UpdateExpression === "string" ? UpdateExpression : "";
  return Object.fromEntries(
    [...expression.matchAll(/(#?\w+)\s*=\s*(:\w+)/g)].map(([, name = "", value = ""]) => [
      nameOf(request, name),
      values[value],
    ]),
  );
}

/** @throws AwsError ValidationException for an empty value in a key condition, in which every value is that of a key */
export function checkKeyCondition(request: Json, values: Json): void {
  const { KeyConditionExpression: condition } = request;
  if (typeof condition !== "string") return;
  for (const [value] of condition.matchAll(/:\w+/g)) {
    const empty = emptyKind(values[value]);
    if (empty === undefined) continue;
    const [, name = ""] =
      new RegExp(`(#?\\w+)\\s*(?:[<>=]+|,|\\bBETWEEN\\b(?:\\s*:\\w+\\s*AND)?)\\s*${value}\\b`, "i").exec(condition) ??
      [];
    throw validation(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${empty} value. Key: ${nameOf(request, name)}`,
    );
  }
}

function nameOf({ ExpressionAttributeNames: names }: Json, name: string): string {
  return isJsonObject(names) && typeof names[name] === "string" ? names[name] : name;
}

function emptyKind(value: unknown): "string" | "binary" | undefined {
  if (!isJsonObject(value)) return undefined;
  if (value["S"] === "") return "string";
  return value["B"] === "" ? "binary" : undefined;
}

export function objectsIn(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
