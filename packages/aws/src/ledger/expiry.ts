import { ledgerSchema } from "@lockmaster/core/ledger/table.ts";

const secondsPerDay = 86_400;

/**
 * For an item that serves nobody after some time: DynamoDB removes it, within a few days after its end.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 */
export function expiring(from: Date, days: number): Readonly<Record<typeof ledgerSchema.expiry, number>> {
  return { [ledgerSchema.expiry]: Math.floor(from.getTime() / 1000) + days * secondsPerDay };
}
