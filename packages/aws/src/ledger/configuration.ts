import { readStoredConfiguration, type StoredConfiguration } from "@lockmaster/core/config/stored.ts";
import type { ConfigurationLedger } from "@lockmaster/core/ledger/ports.ts";
import type { Key, LedgerTable } from "./table.ts";

/** Writes the configuration that the deployment, or the local mode, has read from `lockmaster.config.ts`. */
export type ConfigurationWriter = { putConfiguration(stored: StoredConfiguration): Promise<void> };

/** The current configuration, one item for each repository. */
export function ledgerConfiguration(table: LedgerTable): ConfigurationLedger & ConfigurationWriter {
  return {
    // The second is the only one until the deployment that first writes the other has ended.
    configuration: async (repository) =>
      (await table.get(ledgerConfigurationKey(repository), readStoredConfiguration)) ??
      (await table.get(configurationKeyOf020(repository), readStoredConfiguration)),
    async putConfiguration(stored) {
      await table.put(ledgerConfigurationKey(stored.repository), stored);
      await table.put(configurationKeyOf020(stored.repository), stored);
      await table.put(repositoryIndexKey(stored.repository), { repository: stored.repository });
    },
  };
}

/** In a partition of its own, to which no function may write: IAM's conditions see partition keys only. */
export const ledgerConfigurationKey = (repository: string): Key => ({
  pk: `configuration#${repository}`,
  sk: "configuration",
});

/** Where functions of version 0.2.0 read it: their executions can be redriven for 14 days after an upgrade. */
export const configurationKeyOf020 = (repository: string): Key => ({ pk: repository, sk: "configuration" });

/** The list of the configured repositories: an item for each beside its configuration. */
export const repositoryIndex = { pk: "repositories", prefix: "repository#" } as const;
export const repositoryIndexKey = (repository: string): Key => ({
  pk: repositoryIndex.pk,
  sk: `${repositoryIndex.prefix}${repository}`,
});
