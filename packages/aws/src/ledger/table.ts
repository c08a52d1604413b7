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

/** Items of one partition whose sort keys have a common prefix. */
type KeyRange = { pk: string; prefix: string };

/**
 * A condition in DynamoDB's own language, with the names and values of the condition and of the update. Every attribute is
 * written `#name`, because DynamoDB reserves words like `status`.
 */
export type Expression = {
  /** Without one the write always happens. */
  condition?: string;
  /** Attribute by placeholder, without the `#`. */
  names: Readonly<Record<string, string>>;
  /** Value by placeholder, without the `:`. */
  values?: Readonly<Record<string, unknown>>;
};

/** The ledger's table. Every write changes a single item: no decision needs a transaction. */
export type LedgerTable = {
  /**
   * Reads with strong consistency, because decisions depend on it.
   *
   * @param read checks the stored value and returns it typed
   */
  get<T>(key: Key, read: (found: unknown) => T): Promise<T | undefined>;
  /**
   * The last items of a range, in descending order of their sort keys, at most `limit`; strongly consistent, over all pages.
   *
   * @param attributes that are read; DynamoDB does not send others
   */
  newest<T>(range: KeyRange, limit: number, attributes: readonly string[], read: (found: unknown) => T): Promise<T[]>;
  /**
   * The first items of a range, in ascending order of their sort keys, at most `limit`.
   *
   * @param after sort key after which to start; the start of the range when absent
   */
  oldest<T>(range: KeyRange, after: string | undefined, limit: number, read: (found: unknown) => T): Promise<T[]>;
  /** Replaces the item, for items that are written once; `false` when the condition does not hold. */
  put(key: Key, record: object, condition?: Expression): Promise<boolean>;
  /**
   * Writes an item that was read before: sets the record's attributes, and removes those of `attributes` that the record does not
   * have. Attributes of a newer version, which this version has not read, stay.
   *
   * @param attributes every attribute that this version knows
   * @returns `false` when the condition does not hold
   */
  rewrite(key: Key, record: object, attributes: readonly string[], condition?: Expression): Promise<boolean>;
  /** Changes the item as an update expression says; `false` when the condition does not hold. */
  update(key: Key, change: string, expression: Expression): Promise<boolean>;
  /** Removes the item; `false` when the condition does not hold. */
  remove(key: Key, condition: Expression): Promise<boolean>;
};

/** @param table name of the table, whose keys are `pk` and `sk` */
export function ledgerTable(client: DynamoDBClient, table: string): LedgerTable {
  const update: LedgerTable["update"] = (key, change, expression) =>
    withTranslatedErrors({ action: "dynamodb:UpdateItem", resource: nameOf(table, key) }, () =>
      isWritten(
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: toItem(key),
            UpdateExpression: change,
            ...placeholdersOf(expression),
          }),
        ),
      ),
    );
  return {
    async get(key, read) {
      const answer = await withTranslatedErrors({ action: "dynamodb:GetItem", resource: nameOf(table, key) }, () =>
        client.send(new GetItemCommand({ TableName: table, Key: toItem(key), ConsistentRead: true })),
      );
      return answer.Item === undefined ? undefined : read(fromItem(answer.Item));
    },
    async newest(range, limit, attributes, read) {
      const found: Item[] = [];
      let from: Item | undefined;
      do {
        const answer = await withTranslatedErrors(
          { action: "dynamodb:Query", resource: nameOf(table, { pk: range.pk, sk: `${range.prefix}…` }) },
          () => client.send(new QueryCommand(newestOf(table, range, limit - found.length, attributes, from))),
        );
        found.push(...(answer.Items ?? []));
        from = answer.LastEvaluatedKey;
      } while (from !== undefined && found.length < limit);
      return found.map((item) => read(fromItem(item)));
    },
    async oldest({ pk, prefix }, after, limit, read) {
      const answer = await withTranslatedErrors(
        { action: "dynamodb:Query", resource: nameOf(table, { pk, sk: `${prefix}…` }) },
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
      withTranslatedErrors({ action: "dynamodb:PutItem", resource: nameOf(table, key) }, () =>
        isWritten(
          client.send(
            new PutItemCommand({ TableName: table, Item: toItem({ ...record, ...key }), ...placeholdersOf(condition) }),
          ),
        ),
      ),
    update,
    rewrite: (key, record, attributes, { condition, names, values } = { names: {} }) => {
      const present = Object.entries(record).filter(([, value]) => value !== undefined);
      const set = present.map(([attribute]) => `#${attribute} = :new_${attribute}`);
      const absent = attributes.filter((attribute) => !present.some(([name]) => name === attribute));
      const changes = [
        ...(set.length > 0 ? [`SET ${set.join(", ")}`] : []),
        ...(absent.length > 0 ? [`REMOVE ${absent.map((attribute) => `#${attribute}`).join(", ")}`] : []),
      ];
      const written = [...present.map(([attribute]) => attribute), ...absent];
      return update(key, changes.join(" "), {
        ...(condition !== undefined && { condition }),
        names: { ...Object.fromEntries(written.map((attribute) => [attribute, attribute])), ...names },
        values: { ...Object.fromEntries(present.map(([attribute, value]) => [`new_${attribute}`, value])), ...values },
      });
    },
    remove: (key, condition) =>
      withTranslatedErrors({ action: "dynamodb:DeleteItem", resource: nameOf(table, key) }, () =>
        isWritten(
          client.send(new DeleteItemCommand({ TableName: table, Key: toItem(key), ...placeholdersOf(condition) })),
        ),
      ),
  };
}

/** DynamoDB returns at most 1 MB on a page, measured before the projection. */
function newestOf(
  table: string,
  { pk, prefix }: KeyRange,
  limit: number,
  attributes: readonly string[],
  from: Item | undefined,
): QueryCommandInput {
  return {
    TableName: table,
    ConsistentRead: true,
    ScanIndexForward: false,
    Limit: limit,
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
    ExpressionAttributeValues: { ":pk": { S: pk }, ":prefix": { S: prefix } },
    ProjectionExpression: attributes.map((attribute) => `#${attribute}`).join(", "),
    ExpressionAttributeNames: Object.fromEntries(attributes.map((attribute) => [`#${attribute}`, attribute])),
    ...(from !== undefined && { ExclusiveStartKey: from }),
  };
}

async function isWritten(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isAwsError(error, "ConditionalCheckFailedException")) return false;
    throw error;
  }
}

function placeholdersOf(
  expression: Expression | undefined,
): Pick<UpdateItemCommandInput, "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"> {
  if (expression === undefined) return {};
  const { condition, names, values = {} } = expression;
  const prefixed: Item = {};
  for (const [placeholder, value] of Object.entries(values)) {
    const attribute = toAttribute(value);
    if (attribute !== undefined) prefixed[`:${placeholder}`] = attribute;
  }
  return {
    ...(condition !== undefined && { ConditionExpression: condition }),
    ExpressionAttributeNames: Object.fromEntries(
      Object.entries(names).map(([placeholder, attribute]) => [`#${placeholder}`, attribute]),
    ),
    // DynamoDB rejects an empty map.
    ...(Object.keys(prefixed).length > 0 && { ExpressionAttributeValues: prefixed }),
  };
}

const nameOf = (table: string, { pk, sk }: Key): string => `table ${table} (${pk}, ${sk})`;
