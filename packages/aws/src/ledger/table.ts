import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type DynamoDBClient,
  type QueryCommandInput,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { isAwsError, withTranslatedErrors } from "../lib/errors.ts";
import { fromItem, toAttribute, toItem, type Item } from "./item.ts";

export type Key = { pk: string; sk: string };

/** Items of one partition whose sort keys begin alike. */
export type KeyRange = { pk: string; prefix: string };

/**
 * A condition in DynamoDB's own language, and what it and the change beside it refer to. Every attribute is written `#name`:
 * DynamoDB reserves words like `status`.
 */
export type Expression = {
  condition: string;
  /** Attribute by placeholder, without the `#`. */
  names: Readonly<Record<string, string>>;
  /** Value by placeholder, without the `:`. */
  values?: Readonly<Record<string, unknown>>;
};

/** The ledger's one table. Single-item writes only: there is nothing that two writes would have to agree on. */
export type LedgerTable = {
  /**
   * Reads with strong consistency, because decisions rest on it.
   *
   * @param read checks what was found, and tells its type
   */
  get<T>(key: Key, read: (found: unknown) => T): Promise<T | undefined>;
  /**
   * The last items of a partition, in falling order of their sort keys, at most `limit`; strongly consistent, page by page.
   *
   * @param wanted attributes that are read, others are not sent
   */
  newest<T>(range: KeyRange, limit: number, wanted: readonly string[], read: (found: unknown) => T): Promise<T[]>;
  /**
   * The first items of a partition, in rising order of their sort keys, at most `limit`.
   *
   * @param after sort key after which to begin; at the range's beginning when absent
   */
  oldest<T>(range: KeyRange, after: string | undefined, limit: number, read: (found: unknown) => T): Promise<T[]>;
  /** Replaces the item; `false` when the condition does not hold. */
  put(key: Key, record: object, condition?: Expression): Promise<boolean>;
  /** Changes the item as an update expression says; `false` when the condition does not hold. */
  update(key: Key, change: string, expression: Expression): Promise<boolean>;
  /** Removes the item; `false` when the condition does not hold. */
  remove(key: Key, condition: Expression): Promise<boolean>;
};

/** @param table name of the table, whose keys are `pk` and `sk` */
export function ledgerTable(client: DynamoDBClient, table: string): LedgerTable {
  return {
    async get(key, read) {
      const answer = await withTranslatedErrors({ action: "dynamodb:GetItem", resource: about(table, key) }, () =>
        client.send(new GetItemCommand({ TableName: table, Key: toItem(key), ConsistentRead: true })),
      );
      return answer.Item === undefined ? undefined : read(fromItem(answer.Item));
    },
    async newest(range, limit, wanted, read) {
      const found: Item[] = [];
      let from: Item | undefined;
      do {
        const answer = await withTranslatedErrors(
          { action: "dynamodb:Query", resource: about(table, { pk: range.pk, sk: `${range.prefix}…` }) },
          () => client.send(new QueryCommand(newestOf(table, range, limit - found.length, wanted, from))),
        );
        found.push(...(answer.Items ?? []));
        from = answer.LastEvaluatedKey;
      } while (from !== undefined && found.length < limit);
      return found.map((item) => read(fromItem(item)));
    },
    async oldest({ pk, prefix }, after, limit, read) {
      const answer = await withTranslatedErrors(
        { action: "dynamodb:Query", resource: about(table, { pk, sk: `${prefix}…` }) },
        () =>
          client.send(
            new QueryCommand({
              TableName: table,
              ConsistentRead: true,
              Limit: limit,
              KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
              ExpressionAttributeValues: { ":pk": { S: pk }, ":prefix": { S: prefix } },
              ...(after !== undefined && { ExclusiveStartKey: toItem({ pk, sk: after }) }),
            }),
          ),
      );
      return (answer.Items ?? []).map((item) => read(fromItem(item)));
    },
    put: (key, record, condition) =>
      withTranslatedErrors({ action: "dynamodb:PutItem", resource: about(table, key) }, () =>
        holds(
          client.send(
            new PutItemCommand({ TableName: table, Item: toItem({ ...record, ...key }), ...spell(condition) }),
          ),
        ),
      ),
    update: (key, change, expression) =>
      withTranslatedErrors({ action: "dynamodb:UpdateItem", resource: about(table, key) }, () =>
        holds(
          client.send(
            new UpdateItemCommand({
              TableName: table,
              Key: toItem(key),
              UpdateExpression: change,
              ...spell(expression),
            }),
          ),
        ),
      ),
    remove: (key, condition) =>
      withTranslatedErrors({ action: "dynamodb:DeleteItem", resource: about(table, key) }, () =>
        holds(client.send(new DeleteItemCommand({ TableName: table, Key: toItem(key), ...spell(condition) }))),
      ),
  };
}

/** DynamoDB answers at most 1 MB at once, however much is left out of it. */
function newestOf(
  table: string,
  { pk, prefix }: KeyRange,
  limit: number,
  wanted: readonly string[],
  from: Item | undefined,
): QueryCommandInput {
  return {
    TableName: table,
    ConsistentRead: true,
    ScanIndexForward: false,
    Limit: limit,
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
    ExpressionAttributeValues: { ":pk": { S: pk }, ":prefix": { S: prefix } },
    ProjectionExpression: wanted.map((attribute) => `#${attribute}`).join(", "),
    ExpressionAttributeNames: Object.fromEntries(wanted.map((attribute) => [`#${attribute}`, attribute])),
    ...(from !== undefined && { ExclusiveStartKey: from }),
  };
}

async function holds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isAwsError(error, "ConditionalCheckFailedException")) return false;
    throw error;
  }
}

function spell(
  expression: Expression | undefined,
): Pick<UpdateItemCommandInput, "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"> {
  if (expression === undefined) return {};
  const { condition, names, values = {} } = expression;
  const spelled: Item = {};
  for (const [placeholder, value] of Object.entries(values)) {
    const attribute = toAttribute(value);
    if (attribute !== undefined) spelled[`:${placeholder}`] = attribute;
  }
  return {
    ConditionExpression: condition,
    ExpressionAttributeNames: Object.fromEntries(
      Object.entries(names).map(([placeholder, attribute]) => [`#${placeholder}`, attribute]),
    ),
    // DynamoDB refuses an empty map.
    ...(Object.keys(spelled).length > 0 && { ExpressionAttributeValues: spelled }),
  };
}

const about = (table: string, { pk, sk }: Key): string => `table ${table} (${pk}, ${sk})`;
