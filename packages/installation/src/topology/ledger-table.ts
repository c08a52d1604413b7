import { CreateTableCommand, type CreateTableCommandInput, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ledgerSchema } from "./topology.ts";

/** CreateTable input for the ledger in a local AWS: as `infra/app/ledger.ts`, without expiry and backups. */
export function ledgerTableInput(tableName: string) {
  const { partitionKey, sortKey } = ledgerSchema;
  return {
    TableName: tableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: partitionKey, AttributeType: "S" },
      { AttributeName: sortKey, AttributeType: "S" },
    ],
    KeySchema: [
      { AttributeName: partitionKey, KeyType: "HASH" },
      { AttributeName: sortKey, KeyType: "RANGE" },
    ],
  } satisfies CreateTableCommandInput;
}

export async function createLedger(client: DynamoDBClient, tableName: string): Promise<void> {
  await client.send(new CreateTableCommand(ledgerTableInput(tableName)));
}
