import { RetryableError } from "@lockmaster/core/lib/errors.ts";
import { newLock } from "@lockmaster/core/lock/hold-lock.ts";
import type { LockLedger } from "@lockmaster/core/ledger/ports.ts";
import { LockRecord, readLockRecord } from "@lockmaster/core/ledger/lock-record.ts";
import type { Key, LedgerTable } from "./table.ts";
import { follows } from "./version.ts";

const attributes = Object.keys(LockRecord.entries);

/** The locks, one item for each environment. */
export function ledgerLock(table: LedgerTable): LockLedger {
  return {
    lock: async (of) => (await table.get(keyOf(of), readLockRecord)) ?? newLock(of.repository, of.environment),
    async writeLock(record) {
      if (await table.rewrite(keyOf(record), record, attributes, follows(record))) return;
      throw new RetryableError(`another function changed the lock of ${record.environment} at the same time`, {
        code: "CONFLICT",
      });
    },
    markDirty: (of, epoch) =>
      table.update(keyOf(of), "SET #dirty = :dirty, #version = #version + :one", {
        condition: "#epoch = :epoch AND attribute_exists(#holder)",
        names: { dirty: "dirty", version: "version", epoch: "epoch", holder: "holder" },
        values: { dirty: true, one: 1, epoch },
      }),
  };
}

const keyOf = ({ repository, environment }: Parameters<LockLedger["lock"]>[0]): Key => ({
  pk: `${repository}#${environment}`,
  sk: "lock",
});
