/** The values of partition keys that a request names: the condition key `dynamodb:LeadingKeys`. */
import { isJsonObject } from "../../protocol/json.ts";
import { objectsIn } from "./keys.ts";

type Json = Readonly<Record<string, unknown>>;

/** The name of a table's partition key, or of an index's; undefined for a table or an index that does not exist. */
export type PartitionKeys = (table: string, index?: string) => string | undefined;

/** Remembers the partition keys of tables. */
export function createPartitionKeys(): { created(table: string, createTable: Json): void; of: PartitionKeys } {
  const keys = new Map<string, string>();
  return {
    created(table, createTable) {
      const indexes = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"].flatMap((member) =>
        objectsIn(createTable[member]),
      );
      for (const { IndexName, KeySchema } of [createTable, ...indexes]) {
        const hash = objectsIn(KeySchema).find(({ KeyType }) => KeyType === "HASH")?.["AttributeName"];
        if (typeof hash === "string") keys.set(nameOf(table, IndexName), hash);
      }
    },
    of: (table, index) => keys.get(nameOf(table, index)),
  };
}

const nameOf = (table: string, index: unknown): string => (typeof index === "string" ? `${table}/${index}` : table);

/** Each value once. */
export function leadingKeysOf(request: Json, partitionKeys: PartitionKeys): readonly string[] {
  const { TableName, IndexName, Key, Item, RequestItems } = request;
  const table = typeof TableName === "string" ? TableName : "";
  const own = partitionKeys(table);
  const queried = partitionKeys(table, typeof IndexName === "string" ? IndexName : undefined);
  const batches = Object.entries(isJsonObject(RequestItems) ? RequestItems : {}).flatMap(([name, requests]) =>
    keysOfBatch(requests).map((key) => valueOf(key, partitionKeys(name))),
  );
  const found = [valueOf(Key, own), valueOf(Item, own), queriedValue(request, queried), ...batches];
  return [...new Set(found.filter((value) => value !== undefined))];
}

/** Keys and items of BatchGetItem, which has `Keys`, and of BatchWriteItem, which has a list of requests. */
function keysOfBatch(requests: unknown): readonly unknown[] {
  if (isJsonObject(requests)) return objectsIn(requests["Keys"]);
  return objectsIn(requests).flatMap(({ PutRequest, DeleteRequest }) => [
    ...(isJsonObject(PutRequest) ? [PutRequest["Item"]] : []),
    ...(isJsonObject(DeleteRequest) ? [DeleteRequest["Key"]] : []),
  ]);
}

/** The text of a key: of a number and of bytes, as the request has them. */
function valueOf(attributes: unknown, name: string | undefined): string | undefined {
  if (name === undefined || !isJsonObject(attributes)) return undefined;
  const value = attributes[name];
  const [text] = isJsonObject(value) ? Object.values(value) : [];
  return typeof text === "string" ? text : undefined;
}

/** The value that a key condition compares the partition key with. */
function queriedValue(request: Json, name: string | undefined): string | undefined {
  const { KeyConditionExpression: condition, ExpressionAttributeNames, ExpressionAttributeValues: values } = request;
  if (name === undefined || typeof condition !== "string") return undefined;
  const names = isJsonObject(ExpressionAttributeNames) ? ExpressionAttributeNames : {};
  for (const [, attribute = "", placeholder = ""] of condition.matchAll(/([#\w]+)\s*=\s*(:\w+)/g)) {
    if ((names[attribute] ?? attribute) === name) return valueOf(values, placeholder);
  }
  return undefined;
}
