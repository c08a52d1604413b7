import { namesOf } from "@lockmaster/installation/topology/names.ts";

/** The prefix of an installation's names, derived from its ledger's name. */
export function installationPrefix(table: string): string {
  const suffix = namesOf("").ledgerTable;
  return table.endsWith(suffix) ? table.slice(0, -suffix.length) : table;
}
