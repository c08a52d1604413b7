import { readStoredWaiver, StoredWaiver } from "@lockmaster/core/ledger/waiver-record.ts";
import type { WaiverLedger, WaiverWriter } from "@lockmaster/core/ledger/ports.ts";
import type { Key, LedgerTable } from "./table.ts";

const attributes = Object.keys(StoredWaiver.entries);

/** A gate reads at most this many waivers, the newest. */
const maxWaivers = 2000;

/**
 * Waivers that operators add with the CLI: one item each, in a partition to which no function may write. Those that version 0.2.0
 * added are in the partition of their repository.
 */
export function ledgerWaivers(table: LedgerTable): WaiverLedger & WaiverWriter {
  const newest = (pk: string) => table.newest({ pk, prefix: "waiver#" }, maxWaivers, attributes, readStoredWaiver);
  return {
    async waivers(repository) {
      const [own, of020] = await Promise.all([newest(partitionOf(repository)), newest(repository)]);
      return [...own, ...of020].toSorted(newestFirst).slice(0, maxWaivers);
    },
    async addWaiver(repository, waiver) {
      await table.put(keyOf(partitionOf(repository), waiver), waiver);
    },
    async revokeWaiver(repository, waiver, { revokedBy, revokedAt }) {
      for (const pk of [partitionOf(repository), repository]) {
        // The first revocation stays.
        await table.update(keyOf(pk, waiver), "SET #revokedBy = :revokedBy, #revokedAt = :revokedAt", {
          condition: "attribute_exists(#id) AND attribute_not_exists(#revokedAt)",
          names: { id: "id", revokedBy: "revokedBy", revokedAt: "revokedAt" },
          values: { revokedBy, revokedAt },
        });
      }
    },
  };
}

const partitionOf = (repository: string): string => `waivers#${repository}`;

const keyOf = (pk: string, waiver: StoredWaiver): Key => ({ pk, sk: sortKeyOf(waiver) });

const sortKeyOf = ({ id, addedAt }: StoredWaiver): string => `waiver#${addedAt}#${id}`;

const newestFirst = (one: StoredWaiver, other: StoredWaiver): number => (sortKeyOf(one) < sortKeyOf(other) ? 1 : -1);
