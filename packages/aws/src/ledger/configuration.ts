import { readStoredConfiguration, type StoredConfiguration } from "@lockmaster/core/config/stored.ts";
import type { ConfigurationLedger } from "@lockmaster/core/ledger/ports.ts";
import type { Key, LedgerTable } from "./table.ts";

/** Writes the configuration that the deployment, or the local mode, has read from `lockmaster.config.ts`. */
export type ConfigurationWriter = { putConfiguration(stored: StoredConfiguration): Promise<void> };

/** The current configuration, one item for each repository. */
export function ledgerConfiguration(table: LedgerTable): ConfigurationLedger & ConfigurationWriter {
  return {
    configuration: (repository) => table.get(ledgerConfigurationKey(repository), readStoredConfiguration),
    async putConfiguration(stored) {
      await table.put(ledgerConfigurationKey(stored.repository), stored);
      await table.put(repositoryIndexKey(stored.repository), { repository: stored.repository });
    },
  };
}

export const ledgerConfigurationKey = (repository: string): Key => ({ pk: repository, sk: "configuration" });

/** The list of the configured repositories: an item for each beside its configuration. */
export const repositoryIndex = { pk: "repositories", prefix: "repository#" } as const;
export const repositoryIndexKey = (repository: string): Key => ({
  pk: repositoryIndex.pk,
  sk: `${repositoryIndex.prefix}${repository}`,
});
