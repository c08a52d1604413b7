import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { startLocalAws, type LocalAws } from "@lockmaster/local-aws";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dynamodbLedger } from "./ledger.ts";

const repository = "acme/shop";
let aws: LocalAws;
let client: DynamoDBClient;
let ledger: ReturnType<typeof dynamodbLedger>;
beforeAll(async () => {
  aws = await startLocalAws();
  client = new DynamoDBClient(aws.clientConfig());
  await client.send(
    new CreateTableCommand({
      TableName: "ledger",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: ["pk", "sk"].map((AttributeName) => ({ AttributeName, AttributeType: "S" as const })),
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
  ledger = dynamodbLedger(client, "ledger");
});
afterAll(async () => {
  client.destroy();
  await aws.close();
});

test("a start is found by the name of its execution", async () => {
  const start = { repository, environment: "staging", name: "shop-staging-1", at: "2026-11-21T12:00:00Z", input: "f" };
  await ledger.recordStart(start);
  expect(await ledger.start(start)).toEqual(start);
  expect(await ledger.start({ ...start, name: "shop-staging-2" })).toBeUndefined();
  expect(await ledger.start({ ...start, environment: "production" })).toBeUndefined();
});

test("the first identity of a name stays, until an operator accepts another", async () => {
  const first = { repository, id: 101, since: "2026-11-21T12:00:00Z" };
  const second = { repository, id: 202, since: "2026-11-22T12:00:00Z" };
  expect(await ledger.recordIdentity(first)).toEqual(first);
  expect(await ledger.recordIdentity(second)).toEqual(first);
  expect(await ledger.repositoryIdentity(repository)).toEqual(first);
  expect(await ledger.repositoryWithId(101)).toBe(repository);
  expect(await ledger.repositoryWithId(202)).toBeUndefined();

  const accepted = { ...second, acceptedBy: "arn:aws:iam::111122223333:user/ops" };
  await ledger.acceptIdentity(accepted);
  expect(await ledger.repositoryIdentity(repository)).toEqual(accepted);
  expect(await ledger.repositoryWithId(202)).toBe(repository);
  expect(await ledger.repositoryWithId(303)).toBeUndefined();
  // It has another name by now, which is not configured, and was not renamed to it from this one.
  expect(await ledger.repositoryWithId(101)).toBeUndefined();
  // The list of configured repositories is in the same partition.
  expect(await ledger.repositoryAfter()).toBeUndefined();
});
