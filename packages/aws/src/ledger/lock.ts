import { RetryableError } from "@lockmaster/core/lib/errors.ts";
import { freeLock } from "@lockmaster/core/lock/hold-lock.ts";
import type { LockLedger } from "@lockmaster/core/ledger/ports.ts";
import { readLockRecord } from "@lockmaster/core/ledger/lock-record.ts";
import type { Key, LedgerTable } from "./table.ts";
import { follows } from "./version.ts";

/** The lock of each environment, one item each. */
export function ledgerLock(table: LedgerTable): LockLedger {
  return {
    lock: async (of) => (await table.get(keyOf(of), readLockRecord)) ?? freeLock(of.repository, of.environment),
    async writeLock(record) {
      if (await table.put(keyOf(record), record, follows(record))) return;
      throw new RetryableError(`somebody else wrote the lock of ${record.environment} first`, { code: "CONFLICT" });
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
