import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import { ledgerSchema } from "@lockmaster/core/ledger/table.ts";
import { ledgerTableInput } from "@lockmaster/installation/topology/ledger-table.ts";
import { startLocalAws } from "@lockmaster/local-aws";
import * as v from "valibot";
import { expect, onTestFinished, test } from "vitest";
import shipped from "../../examples/shop/lockmaster.config.ts";
import { inputsOf, ofType } from "./resources.ts";
import { synth } from "./synth.ts";

const staging = await synth();
const production = await synth({ stage: "production" });

const Item = v.object({ tableName: v.string(), hashKey: v.string(), rangeKey: v.string(), item: v.string() });

test("the table has the keys that the code uses, backups, encryption and expiry", () => {
  const { TableName: name, KeySchema } = ledgerTableInput("lockmaster-staging-ledger");
  expect(ofType(staging, "dynamodb/table:Table").map(({ inputs }) => inputs)).toMatchObject([
    {
      name,
      billingMode: "PAY_PER_REQUEST",
      hashKey: KeySchema[0]?.AttributeName,
      rangeKey: KeySchema[1]?.AttributeName,
      ttl: { attributeName: ledgerSchema.expiry, enabled: true },
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true },
      deletionProtectionEnabled: false,
    },
  ]);
});

test("production's table has deletion protection", () => {
  const [table] = ofType(production, "dynamodb/table:Table");
  expect(table?.inputs).toMatchObject({ deletionProtectionEnabled: true });
});

test("the deployed configuration is the one that functions read, without installation settings", async () => {
  const aws = await startLocalAws();
  const client = new DynamoDBClient(aws.clientConfig());
  onTestFinished(async () => {
    client.destroy();
    await aws.close();
  });
  const name = "lockmaster-staging-ledger";
  await client.send(new CreateTableCommand(ledgerTableInput(name)));
  const items = inputsOf(staging, "dynamodb/tableItem:TableItem", Item);
  for (const { item } of items) {
    await client.send(new PutItemCommand({ TableName: name, Item: JSON.parse(item) }));
    expect(item).not.toContain("installation");
  }

  const { repositories } = validateConfiguration(shipped);
  expect(items).toHaveLength(3 * Object.keys(repositories).length);
  expect(await dynamodbLedger(client, name).repositoryAfter()).toBe(Object.keys(repositories).toSorted()[0]);
  for (const [repository, configuration] of Object.entries(repositories)) {
    const stored = await dynamodbLedger(client, name).configuration(repository);
    expect(stored).toMatchObject({ repository, configuration });
  }
});
