/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { storedConfigurations } from "@lockmaster/core/config/stored.ts";
import { InvalidInputError } from "@lockmaster/core/lib/errors.ts";
import { ledgerConfigurationKey } from "./configuration.ts";
import { type Item, toItem } from "./item.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items */
export const maxItemBytes = 409_600;

/** A list and a map have three bytes, and one for each of their entries. */
const collectionBytes = 3;
const entryBytes = 1;

/** Bytes of an item as DynamoDB counts them; those of a number are an upper bound. */
export const itemBytes = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);

function valueBytes({ S, N, L, M }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  if (L !== undefined) return L.reduce((sum, element) => sum + entryBytes + valueBytes(element), collectionBytes);
  if (M !== undefined) return collectionBytes + Object.keys(M).length * entryBytes + itemBytes(M);
  return 1;
}

/**
 * Before anything is deployed: DynamoDB would refuse the item of a large repository only in the middle of the deployment.
 *
 * @throws InvalidInputError CONFIGURATION_INVALID with the repositories whose configuration is too large for one item, and their sizes
 */
export function requireStorable(configuration: Configuration): void {
  const tooLarge = storedConfigurations(configuration)
    .map((stored) => ({
      repository: stored.repository,
      bytes: itemBytes(toItem({ ...ledgerConfigurationKey(stored.repository), ...stored })),
      environments: Object.keys(stored.configuration.environments).length,
    }))
    .filter(({ bytes }) => bytes > maxItemBytes);
  if (tooLarge.length === 0) return;
  const lines = tooLarge.map(
    ({ repository, bytes, environments }) =>
      `\n  repositories["${repository}"]: ${bytes} bytes for ${environments} environments`,
  );
  throw new InvalidInputError(
    `the configuration of a repository is one item of the ledger, for which DynamoDB permits ${maxItemBytes} bytes:${lines.join("")}\n` +
      "Release some of the environments from another installation of Lockmaster, or leave out what has a default.",
    { code: "CONFIGURATION_INVALID" },
  );
}
