import { toItem } from "@lockmaster/aws/ledger/item.ts";
import {
  configurationKeyOf020,
  ledgerConfigurationKey,
  repositoryIndexKey,
} from "@lockmaster/aws/ledger/configuration.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { storedConfigurations } from "@lockmaster/core/config/stored.ts";
import { namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";
import { ledgerSchema } from "@lockmaster/installation/topology/topology.ts";

/** The ledger's table, with the configuration of each repository as an item. */
export function ledger({ site, configuration }: { site: InstallationSite; configuration: Configuration }): void {
  const { partitionKey, sortKey, expiry } = ledgerSchema;
  const table = new aws.dynamodb.Table("Ledger", {
    name: namesOf(site.prefix).ledgerTable,
    billingMode: "PAY_PER_REQUEST",
    hashKey: partitionKey,
    rangeKey: sortKey,
    attributes: [
      { name: partitionKey, type: "S" },
      { name: sortKey, type: "S" },
    ],
    ttl: { attributeName: expiry, enabled: true },
    pointInTimeRecovery: { enabled: true },
    // DynamoDB always encrypts; with AWS's managed key CloudTrail records the key's use, too.
    serverSideEncryption: { enabled: true },
    deletionProtectionEnabled: $app.protect,
  });
  for (const stored of storedConfigurations(configuration)) {
    const item = (name: string, value: object) =>
      new aws.dynamodb.TableItem(`${name}-${stored.repository}`, {
        tableName: table.name,
        hashKey: partitionKey,
        rangeKey: sortKey,
        item: JSON.stringify(toItem(value)),
      });
    // The name of the item that version 0.2.0 wrote: another key would make Pulumi replace it, without one for a moment.
    item("Configuration", { ...configurationKeyOf020(stored.repository), ...stored });
    item("OwnConfiguration", { ...ledgerConfigurationKey(stored.repository), ...stored });
    item("Repository", { ...repositoryIndexKey(stored.repository), repository: stored.repository });
  }
}
