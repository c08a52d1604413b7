import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { createLedger } from "@lockmaster/installation/topology/ledger-table.ts";
import { largeConfiguration } from "@lockmaster/installation/permissions/large-configuration.fixture.ts";
import { startLocalAws } from "@lockmaster/local-aws";
import { expect, onTestFinished, test } from "vitest";
import { toItem } from "./item.ts";
import { itemBytes, maxItemBytes, requireStorable } from "./item-size.ts";

test("DynamoDB stores an item up to the size that is computed here, and none that is larger by more than its entries", async () => {
  const aws = await startLocalAws();
  const client = new DynamoDBClient(aws.clientConfig());
  onTestFinished(async () => {
    client.destroy();
    await aws.close();
  });
  await createLedger(client, "ledger");
  const content = {
    list: ["a", "ä€😀", true, null, [], ["b", ["c"]]],
    map: { ключ: { empty: {}, flag: false, nested: { deeper: ["d"] } } },
    text: "",
  };
  const itemOf = (padding: number) => toItem({ pk: "a", sk: "b", content, padding: "x".repeat(padding) });
  const room = maxItemBytes - itemBytes(itemOf(0));
  const put = (padding: number) => client.send(new PutItemCommand({ TableName: "ledger", Item: itemOf(padding) }));

  await expect(put(room)).resolves.toBeDefined();
  // Its documentation counts a byte for each entry of a list or map, which the local one does not count.
  await expect(put(room + 20)).rejects.toThrow("Item size has exceeded the maximum allowed size");
});

test("a configuration that DynamoDB would refuse is refused before the deployment, with its size", () => {
  expect(() => requireStorable(largeConfiguration({ environments: 100, services: 50 }))).not.toThrow();
  expect(() => requireStorable(largeConfiguration({ environments: 200, services: 50 }))).toThrow(
    /permits 409600 bytes:\n {2}repositories\["acme\/shop-001"\]: \d{6} bytes for 200 environments\nRelease some of the environments/,
  );
});
