import { readStoredWaiver, StoredWaiver } from "@lockmaster/core/ledger/waiver-record.ts";
import type { WaiverLedger, WaiverWriter } from "@lockmaster/core/ledger/ports.ts";
import type { Key, LedgerTable } from "./table.ts";

const attributes = Object.keys(StoredWaiver.entries);

/** A gate reads at most this many waivers, the newest. */
const maxWaivers = 2000;

/** Waivers that operators add with the CLI: one item each, in the partition of their repository. */
export function ledgerWaivers(table: LedgerTable): WaiverLedger & WaiverWriter {
  return {
    waivers: (repository) =>
      table.newest({ pk: repository, prefix: "waiver#" }, maxWaivers, attributes, readStoredWaiver),
    async addWaiver(repository, waiver) {
      await table.put(keyOf(repository, waiver), waiver);
    },
    async revokeWaiver(repository, waiver, { revokedBy, revokedAt }) {
      // The first revocation stays.
      await table.update(keyOf(repository, waiver), "SET #revokedBy = :revokedBy, #revokedAt = :revokedAt", {
        condition: "attribute_exists(#id) AND attribute_not_exists(#revokedAt)",
        names: { id: "id", revokedBy: "revokedBy", revokedAt: "revokedAt" },
        values: { revokedBy, revokedAt },
      });
    },
  };
}

const keyOf = (repository: string, { id, addedAt }: StoredWaiver): Key => ({
  pk: repository,
  sk: `waiver#${addedAt}#${id}`,
});
