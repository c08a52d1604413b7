import type { AgendaLedger } from "@lockmaster/core/ledger/ports.ts";
import { type AgendaEntry, readAgendaEntry } from "@lockmaster/core/ledger/agenda-entry.ts";
import type { Expression, Key, LedgerTable } from "./table.ts";

/** One partition: few releases are on the agenda at a time. */
const partition = "agenda";

/** The agenda, by ARN of the execution. */
export function ledgerAgenda(table: LedgerTable): AgendaLedger {
  return {
    agendaEntry: (executionArn) => table.get(keyOf(executionArn), readAgendaEntry),
    agenda: (after, limit) => table.oldest({ pk: partition, prefix: "arn:" }, after, limit, readAgendaEntry),
    recordRecovery: (entry, recoveries) => {
      const guard = unchanged(entry);
      return table.update(keyOf(entry.executionArn), "SET #recoveries = :recoveries", {
        ...guard,
        names: { ...guard.names, recoveries: "recoveries" },
        values: { ...guard.values, recoveries },
      });
    },
    async dropAgendaEntry(entry) {
      await table.remove(keyOf(entry.executionArn), unchanged(entry));
    },
  };
}

/** Puts a release on the agenda before it changes anything. A redrive resets the count of recoveries. Idempotent. */
export async function enterAgenda(table: LedgerTable, entry: AgendaEntry): Promise<void> {
  const { executionArn, repository, environment, startedAt, id, redriveCount } = entry;
  await table.put(
    keyOf(executionArn),
    { executionArn, repository, environment, startedAt, id, redriveCount },
    {
      condition: "attribute_not_exists(#redriveCount) OR #redriveCount < :redriveCount",
      names: { redriveCount: "redriveCount" },
      values: { redriveCount },
    },
  );
}

const unchanged = ({ redriveCount }: AgendaEntry): Expression => ({
  condition: "#redriveCount = :redriveCount",
  names: { redriveCount: "redriveCount" },
  values: { redriveCount },
});

const keyOf = (executionArn: string): Key => ({ pk: partition, sk: executionArn });
