import type { ReconcileLedger } from "@lockmaster/core/ledger/ports.ts";
import { readReconcileProgress, ReconcileProgress } from "@lockmaster/core/ledger/reconcile-progress.ts";
import { parseInput } from "@lockmaster/core/lib/parse.ts";
import * as v from "valibot";
import { repositoryIndex, repositoryIndexKey } from "./configuration.ts";
import { expiring } from "./expiry.ts";
import type { Key, LedgerTable } from "./table.ts";

/** GitHub keeps its deliveries for 30 days at most. */
const keptDays = 30;

/** The state that reconcile keeps from one run to the next. */
export function ledgerReconcile(table: LedgerTable): ReconcileLedger {
  return {
    reconcileProgress: async () => (await table.get(progressKey, readReconcileProgress)) ?? {},
    async recordReconcileProgress(progress) {
      await table.rewrite(progressKey, progress, Object.keys(ReconcileProgress.entries));
    },
    async repositoryAfter(repository) {
      const after = repository === undefined ? undefined : repositoryIndexKey(repository).sk;
      const [next] = await table.oldest(repositoryIndex, after, 1, readIndexItem);
      return next?.repository;
    },
    isRedelivered: async (guid) => (await table.get(deliveryKey(guid), () => true)) === true,
    async recordRedelivery(guid, at) {
      await table.put(deliveryKey(guid), { at, ...expiring(new Date(at), keptDays) });
    },
  };
}

const readIndexItem = (item: unknown) => parseInput(v.object({ repository: v.string() }), item);

const progressKey: Key = { pk: "reconcile", sk: "progress" };
const deliveryKey = (guid: string): Key => ({ pk: "reconcile", sk: `delivery#${guid}` });
