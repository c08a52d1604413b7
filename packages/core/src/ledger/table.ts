/** Names of the ledger's attributes that its table knows of: wherever one is created, and by the code that reads and writes it. */
export const ledgerSchema = {
  partitionKey: "pk",
  sortKey: "sk",
  /** Seconds since 1970: DynamoDB removes an item some time after. What has none stays. */
  expiry: "expiresAt",
} as const;
