/** What real DynamoDB refuses and dynalite accepts; messages as recorded by github.com/paritysuite/dynamodb-conformance. */
import { expect, test } from "vitest";
import { virtualClock } from "../../clock/virtual-clock.ts";
import { backendOf } from "../../protocol/backend.ts";
import { createDynamoDb } from "./dynamodb.ts";

const string = (AttributeName: string) => ({ AttributeName, AttributeType: "S" });
const hash = (AttributeName: string) => ({ AttributeName, KeyType: "HASH" });
const ledger = {
  TableName: "ledger",
  AttributeDefinitions: [string("pk"), string("sk"), string("owner")],
  KeySchema: [hash("pk"), { AttributeName: "sk", KeyType: "RANGE" }],
  BillingMode: "PAY_PER_REQUEST",
  GlobalSecondaryIndexes: [
    { IndexName: "byOwner", KeySchema: [hash("owner")], Projection: { ProjectionType: "KEYS_ONLY" } },
  ],
};
const key = { pk: { S: "shop" }, sk: { S: "lock" } };
const included = {
  ...ledger,
  TableName: "other",
  GlobalSecondaryIndexes: [
    { IndexName: "byOwner", KeySchema: [hash("owner")], Projection: { ProjectionType: "INCLUDE" } },
  ],
};

async function send(operation: string, input: object): Promise<string> {
  const { service } = createDynamoDb({ clock: virtualClock(), region: "eu-west-1", accountId: "111122223333" });
  const backend = backendOf(service);
  const caller = { kind: "outside", accessKeyId: "AKIATEST" } as const;
  const perform = (name: string, body: object) =>
    backend.perform({ service: "dynamodb", operation: name, requestId: "1", caller }, JSON.stringify(body));
  expect((await perform("CreateTable", ledger)).status).toBe(200);
  const { body, errorName = "no error" } = await perform(operation, { TableName: "ledger", ...input });
  return errorName === "no error" ? errorName : `${errorName}: ${String(body)}`;
}

const nested = (levels: number): object =>
  levels === 1
    ? { S: "leaf" }
    : { [levels % 2 === 0 ? "M" : "L"]: levels % 2 === 0 ? { a: nested(levels - 1) } : [nested(levels - 1)] };
const put = (more: object, item: object = key) => ["PutItem", { Item: item, ...more }] as const;
const condition = (ConditionExpression: string, ...values: object[]) =>
  put({
    ConditionExpression,
    ...(values.length > 0 && {
      ExpressionAttributeValues: Object.fromEntries(values.map((value, index) => [`:v${index}`, value])),
    }),
  });
const query = (KeyConditionExpression: string, pk: string, sk = "lock", more: object = {}) =>
  [
    "Query",
    {
      KeyConditionExpression,
      ExpressionAttributeValues: {
        ":pk": { S: pk },
        ...(KeyConditionExpression.includes(":sk") && { ":sk": { S: sk } }),
      },
      ...more,
    },
  ] as const;
const select = (Select: string, more: object = {}) => query("pk = :pk", "shop", "lock", { Select, ...more });
const many = (count: number, join: (index: number) => string, by: string) =>
  Array.from({ length: count }, (_, index) => join(index)).join(by);

test.each<[message: string, request: readonly [operation: string, input: object]]>([
  ["empty string value. Key: pk", query("pk = :pk", "")],
  ["empty string value. Key: sk", query("pk = :pk AND sk = :sk", "shop", "")],
  ["empty string value. Key: sk", query("pk = :pk AND begins_with(sk, :sk)", "shop", "")],
  ["are not valid. The AttributeValue for a key", ["GetItem", { Key: { ...key, sk: { S: "" } } }]],
  ["IndexName: byOwner, IndexKey: owner", put({}, { ...key, owner: { S: "" } })],
  [
    "IndexName: byOwner, IndexKey: owner",
    [
      "BatchWriteItem",
      { TableName: undefined, RequestItems: { ledger: [{ PutRequest: { Item: { ...key, owner: { S: "" } } } }] } },
    ],
  ],
  [
    "IndexName: byOwner, IndexKey: owner",
    [
      "UpdateItem",
      {
        Key: key,
        UpdateExpression: "SET #o = :o",
        ExpressionAttributeNames: { "#o": "owner" },
        ExpressionAttributeValues: { ":o": { S: "" } },
      },
    ],
  ],
  ["Nesting Levels have exceeded supported limits", put({}, { ...key, data: nested(33) })],
  ["Nesting Levels have exceeded supported limits", condition("attribute_not_exists(pk) OR a = :v0", nested(33))],
  ["Invalid ConditionExpression: Expression size has exceeded", condition(`attribute_exists(${"a".repeat(4079)})`)],
  [
    "Invalid ProjectionExpression: Expression size has exceeded",
    ["GetItem", { Key: key, ProjectionExpression: many(1000, (n) => `a${n}`, ",") }],
  ],
  ["too many operands; number of operands: 101", condition(`a IN (${many(101, () => ":v0", ",")})`, { N: "1" })],
  [
    "too many operators; operator count: 301",
    condition(
      many(301, () => "a<:v0", " OR "),
      { N: "1" },
    ),
  ],
  ["operator or function: >, operand type: BOOL", condition("a > :v0", { BOOL: true })],
  ["operator or function: <=, operand type: NULL", condition(":v0 <= a", { NULL: true })],
  ["operator or function: BETWEEN, operand type: L", condition("a BETWEEN :v0 AND :v1", { L: [] }, { L: [] })],
  ["ReturnValues can only be ALL_OLD or NONE", ["DeleteItem", { Key: key, ReturnValues: "UPDATED_NEW" }]],
  ["Must specify the AttributesToGet or ProjectionExpression", select("SPECIFIC_ATTRIBUTES")],
  ["ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName", select("ALL_PROJECTED_ATTRIBUTES")],
  ["when choosing to get only the Count", select("COUNT", { ProjectionExpression: "pk" })],
  [
    "the ProjectionExpression when choosing to get ALL_ATTRIBUTES",
    select("ALL_ATTRIBUTES", { ProjectionExpression: "pk" }),
  ],
  ["The TotalSegments parameter is required", ["Scan", { Segment: 0 }]],
  ["ProjectionType is INCLUDE, but NonKeyAttributes is not specified", ["CreateTable", included]],
])("is refused: %s", async (message, [operation, input]) => {
  const answer = await send(operation, input);
  expect(answer).toMatch(/^ValidationException/);
  expect(answer).toContain(message);
});

test.each<[name: string, request: readonly [operation: string, input: object]]>([
  ["32 levels", put({}, { ...key, data: nested(32) })],
  ["empty values of other attributes", put({}, { ...key, note: { S: "" }, data: { B: "" } })],
  ["an expression of 4096 bytes", condition(`attribute_not_exists(${"a".repeat(4074)})`)],
  ["100 operands of IN", condition(`NOT a IN (${many(100, () => ":v0", ",")})`, { N: "1" })],
  ["booleans that are equal or not", condition("a <> :v0", { BOOL: true })],
  ["attributes and their projection", select("SPECIFIC_ATTRIBUTES", { ProjectionExpression: "pk" })],
  ["the attributes of an index", ["Scan", { IndexName: "byOwner", Select: "ALL_PROJECTED_ATTRIBUTES" }]],
  ["the first segment of two", ["Scan", { Segment: 0, TotalSegments: 2 }]],
  ["the deleted item", ["DeleteItem", { Key: key, ReturnValues: "ALL_OLD" }]],
  ["members that AWS does not know, and empty lists of members that dynalite lacks", put({ Colour: 1 })],
  ["no tags", ["CreateTable", { ...ledger, TableName: "tagged", Tags: [] }]],
])("is accepted: %s", async (_, [operation, input]) => {
  expect(await send(operation, input)).toBe("no error");
});
