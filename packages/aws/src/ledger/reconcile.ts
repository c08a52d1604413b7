import type { ReconcileLedger } from "@lockmaster/core/ledger/ports.ts";
import { readReconcileProgress, type ReconcileProgress } from "@lockmaster/core/ledger/reconcile-progress.ts";
import { expiring } from "./expiry.ts";
import type { Key, LedgerTable } from "./table.ts";

/** GitHub keeps its deliveries for 30 days at most. */
const keptDays = 30;

/** The state that reconcile keeps from one run to the next. */
export function ledgerReconcile(table: LedgerTable): ReconcileLedger {
  return {
    reconcileProgress: async () => (await table.get(progressKey, readReconcileProgress)) ?? {},
    async recordReconcileProgress(progress: ReconcileProgress) {
      await table.put(progressKey, progress);
    },
    isRedelivered: async (guid) => (await table.get(deliveryKey(guid), () => true)) === true,
    async recordRedelivery(guid, at) {
      await table.put(deliveryKey(guid), { at, ...expiring(new Date(at), keptDays) });
    },
  };
}

const progressKey: Key = { pk: "reconcile", sk: "progress" };
const deliveryKey = (guid: string): Key => ({ pk: "reconcile", sk: `delivery#${guid}` });
