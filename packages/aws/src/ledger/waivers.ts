import { readStoredWaiver, StoredWaiver } from "@lockmaster/core/ledger/waiver-record.ts";
import type { WaiverLedger, WaiverWriter } from "@lockmaster/core/ledger/ports.ts";
import type { Key, LedgerTable } from "./table.ts";

const attributes = Object.keys(StoredWaiver.entries);

/** A gate that finds more than this reads the first ones, and refuses for the others. */
const mostWaivers = 2000;

/** Waivers that operators add while Lockmaster runs: an item each, below their repository. */
export function ledgerWaivers(table: LedgerTable): WaiverLedger & WaiverWriter {
  return {
    waivers: (repository) =>
      table.newest({ pk: repository, prefix: "waiver#" }, mostWaivers, attributes, readStoredWaiver),
    async addWaiver(repository, waiver) {
      await table.put(keyOf(repository, waiver), waiver);
    },
    async revokeWaiver(repository, waiver, { revokedBy, revokedAt }) {
      // Revoked already: who did it first stands.
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
