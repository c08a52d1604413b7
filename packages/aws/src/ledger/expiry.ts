import { ledgerSchema } from "@lockmaster/core/ledger/table.ts";

const secondsPerDay = 86_400;

/**
 * The attribute of an item that expires: DynamoDB removes the item within a few days after that time.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 */
export function expiring(from: Date, days: number): Readonly<Record<typeof ledgerSchema.expiry, number>> {
  return { [ledgerSchema.expiry]: Math.floor(from.getTime() / 1000) + days * secondsPerDay };
}
