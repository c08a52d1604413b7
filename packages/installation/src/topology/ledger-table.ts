import { CreateTableCommand, type CreateTableCommandInput, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ledgerSchema } from "./topology.ts";

/** The ledger's table as `infra/ledger.ts` has it, without what a local AWS does not do: nothing expires or is backed up. */
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
