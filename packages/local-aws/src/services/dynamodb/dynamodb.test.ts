import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { describe, expect, test } from "vitest";
import type { ObservedCall } from "../../protocol/dispatch.ts";
import { failureOf, signed, startWire } from "../../protocol/wire.fixture.ts";
import { virtualClock } from "../../clock/virtual-clock.ts";
import { createDynamoDb, dynamoDbTargetPrefix } from "./dynamodb.ts";

const ledger: CreateTableCommandInput = {
  TableName: "ledger",
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  BillingMode: "PAY_PER_REQUEST",
};

async function setUp() {
  const clock = virtualClock();
  const observed: ObservedCall[] = [];
  const { service } = createDynamoDb({ clock, region: "eu-west-1", accountId: "111122223333" });
  const wire = await startWire({ services: [service], observe: (call) => observed.push(call) }, clock);
  const sdk = new DynamoDBClient(wire.client);
  const created = await sdk.send(new CreateTableCommand(ledger));
  return { clock, sdk, created, observed, endpoint: wire.endpoint };
}

const key = { pk: { S: "acme/shop#staging" }, sk: { S: "lock" } };

describe("a table", () => {
  test("has the world's account, region and time, and is ACTIVE at once", async () => {
    const { clock, sdk, created } = await setUp();
    const started = new Date(clock.now());
    await clock.advance(60_000);

    const { Table } = await sdk.send(new DescribeTableCommand({ TableName: "ledger" }));

    const TableArn = "arn:aws:dynamodb:eu-west-1:111122223333:table/ledger";
    expect(created.TableDescription).toMatchObject({ TableArn, TableStatus: "CREATING", CreationDateTime: started });
    expect(Table).toMatchObject({ TableArn, TableStatus: "ACTIVE", CreationDateTime: started });
  });
});

describe("items", () => {
  test("are changed by conditional writes, of which one succeeds", async () => {
    const { sdk } = await setUp();
    const put = new PutItemCommand({
      TableName: "ledger",
      Item: { ...key, version: { N: "1" } },
      ConditionExpression: "attribute_not_exists(pk)",
    });
    const update = new UpdateItemCommand({
      TableName: "ledger",
      Key: key,
      UpdateExpression: "SET #v = #v + :one",
      ConditionExpression: "#v = :one",
      ExpressionAttributeNames: { "#v": "version" },
      ExpressionAttributeValues: { ":one": { N: "1" } },
      ReturnValues: "ALL_NEW",
    });

    await sdk.send(put);
    const again = await failureOf(sdk.send(put));
    const updates = await Promise.allSettled([sdk.send(update), sdk.send(update), sdk.send(update)]);

    expect(again).toBeInstanceOf(ConditionalCheckFailedException);
    expect(again).toMatchObject({ $metadata: { httpStatusCode: 400, attempts: 1 } });
    expect(updates.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const { Item } = await sdk.send(new GetItemCommand({ TableName: "ledger", Key: key, ConsistentRead: true }));
    expect(Item).toEqual({ ...key, version: { N: "2" } });
  });

  test("are returned in the order of their sort key", async () => {
    const { sdk } = await setUp();
    for (const sk of ["release#2", "lock", "release#1"]) {
      await sdk.send(new PutItemCommand({ TableName: "ledger", Item: { pk: key.pk, sk: { S: sk } } }));
    }
    await sdk.send(new DeleteItemCommand({ TableName: "ledger", Key: { pk: key.pk, sk: { S: "lock" } } }));

    const { Items } = await sdk.send(
      new QueryCommand({
        TableName: "ledger",
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :release)",
        ExpressionAttributeValues: { ":pk": key.pk, ":release": { S: "release#" } },
        ScanIndexForward: false,
      }),
    );

    expect(Items?.map(({ sk }) => sk?.S)).toEqual(["release#2", "release#1"]);
  });
});

describe("a feature that dynalite lacks", () => {
  test.each([
    ["transactions", (sdk: DynamoDBClient) => sdk.send(new TransactWriteItemsCommand({ TransactItems: [] }))],
    ["PartiQL", (sdk: DynamoDBClient) => sdk.send(new ExecuteStatementCommand({ Statement: "SELECT" }))],
    [
      "the old item on a failed condition",
      (sdk: DynamoDBClient) =>
        sdk.send(
          new PutItemCommand({ TableName: "ledger", Item: key, ReturnValuesOnConditionCheckFailure: "ALL_OLD" }),
        ),
    ],
    [
      "deletion protection",
      (sdk: DynamoDBClient) =>
        sdk.send(new CreateTableCommand({ ...ledger, TableName: "other", DeletionProtectionEnabled: true })),
    ],
    [
      "tables by ARN",
      (sdk: DynamoDBClient) => sdk.send(new GetItemCommand({ TableName: "arn:aws:dynamodb:a:b:table/c", Key: key })),
    ],
  ])("is refused: %s", async (_, call) => {
    const { sdk } = await setUp();
    expect(await failureOf(call(sdk))).toMatchObject({ name: "NotInLocalAws", $metadata: { httpStatusCode: 501 } });
  });
});

describe("at the wire", () => {
  test("answers have no Date header, and a request id", async () => {
    const { endpoint } = await setUp();

    const response = await fetch(endpoint, {
      method: "POST",
      headers: signed("dynamodb", `${dynamoDbTargetPrefix}.DescribeTable`),
      body: '{"TableName":"ledger"}',
    });

    expect(response.headers.has("date")).toBe(false);
    expect(response.headers.get("x-amzn-requestid")).toBe("request-2");
  });

  test("errors are observed by their names", async () => {
    const { sdk, observed } = await setUp();

    await failureOf(sdk.send(new GetItemCommand({ TableName: "other", Key: key })));

    expect(observed.at(-1)).toMatchObject({ status: 400, errorName: "ResourceNotFoundException" });
  });

  test("a request that is not JSON is refused with DynamoDB's error", async () => {
    const { endpoint } = await setUp();

    const response = await fetch(endpoint, {
      method: "POST",
      headers: signed("dynamodb", `${dynamoDbTargetPrefix}.GetItem`),
      body: "{",
    });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: expect.stringMatching(/#SerializationException$/) });
  });
});
