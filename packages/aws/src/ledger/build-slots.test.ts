import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createLedger } from "@lockmaster/installation/topology/ledger-table.ts";
import { noLatency, startLocalAws, type LocalAws } from "@lockmaster/local-aws";
import { afterAll, beforeEach, beforeAll, expect, test } from "vitest";
import { dynamodbLedger } from "./ledger.ts";

let aws: LocalAws;
let client: DynamoDBClient;
let ledger: ReturnType<typeof dynamodbLedger>;
let tables = 0;

beforeAll(async () => {
  aws = await startLocalAws({ latency: noLatency });
  client = new DynamoDBClient(aws.clientConfig());
});
beforeEach(async () => {
  tables += 1;
  await createLedger(client, `ledger-${tables}`);
  ledger = dynamodbLedger(client, `ledger-${tables}`);
});
afterAll(async () => {
  client.destroy();
  await aws.close();
});

const waiter = (image: string, taskToken = "token") => ({
  repository: "acme/shop",
  image,
  sha: "a".repeat(40),
  recipe: "b".repeat(64),
  execution: `arn:aws:states:eu-west-1:111122223333:execution:release:${image}`,
  taskToken,
  since: "2026-11-20T10:00:00Z",
  rank: "release" as const,
});
const imagesOf = ({ waiters }: Awaited<ReturnType<typeof ledger.buildSlots>>) =>
  Object.values(waiters).map(({ image }) => image);

test("hundreds of builds leave at once, with turns that are recorded and forgotten", async () => {
  const [first, last] = [waiter("first"), waiter("last")];
  await ledger.waitForSlot(first);
  await ledger.waitForSlot(last);
  await ledger.leaveSlots([], { [last.execution]: "2026-11-20T10:01:00Z" });
  const others = Array.from({ length: 300 }, (_, index) => waiter(`other-${index}`));
  const forgotten = Object.fromEntries(others.map(({ execution }) => [execution, undefined]));
  await ledger.leaveSlots([first, ...others], { ...forgotten, [first.execution]: "2026-11-20T10:02:00Z" });

  const slots = await ledger.buildSlots();
  expect(imagesOf(slots)).toEqual(["last"]);
  expect(slots.turns).toEqual({
    [last.execution]: "2026-11-20T10:01:00Z",
    [first.execution]: "2026-11-20T10:02:00Z",
  });
});

test("a build for which the list has no room waits all the same", async () => {
  const long = "t".repeat(110_000);
  for (const image of ["one", "two", "three", "four"]) await ledger.waitForSlot(waiter(image, long));
  expect(imagesOf(await ledger.buildSlots())).toEqual(["one", "two", "three"]);
  await ledger.leaveSlots([waiter("one")]);
  await ledger.waitForSlot(waiter("four", long));
  expect(imagesOf(await ledger.buildSlots()).toSorted()).toEqual(["four", "three", "two"]);
});
