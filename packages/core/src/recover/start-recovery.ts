import { recoveryName } from "../lib/names.ts";
import type { AgendaLedger } from "../ledger/ports.ts";
import type { Executions } from "../contract/executions.ts";
import type { AgendaEntry } from "../ledger/agenda-entry.ts";
import type { RecoveredExecution } from "../ledger/release-ref.ts";
import type { RollbackInput } from "../contract/release-input.ts";

export type StartRecoveryPorts = {
  ledger: Pick<AgendaLedger, "recordRecovery">;
  executions: Pick<Executions, "start">;
};

/** After a recovery that ended without getting the lock, another one starts after this pause, which doubles each time. */
const firstPauseMinutes = 5;
const maxPauseMinutes = 60;

/**
 * Starts the recovery of an execution that left its environment half changed, unless one is running. Idempotent, and may run
 * concurrently: the recovery's name derives from the execution that it recovers.
 *
 * @param endedAt when the execution ended; part of the input, which must be the same each time
 */
export async function startRecovery(
  { ledger, executions }: StartRecoveryPorts,
  entry: AgendaEntry,
  recovers: RecoveredExecution,
  endedAt: string,
  now: Date,
): Promise<void> {
  const { repository, environment, recoveries = { count: 0, lastAt: endedAt } } = entry;
  const input: RollbackInput = {
    kind: "rollback",
    repository,
    environment,
    recovers,
    requestedBy: { kind: "lockmaster" },
    requestedAt: endedAt,
  };
  const start = async (count: number): Promise<boolean> => {
    const { started } = await executions.start(
      recoveryName(recovers.executionArn, recovers.redriveCount, count),
      input,
    );
    // Also of one that has ended, whose start was not recorded: otherwise no later run would try the next name.
    if (count > recoveries.count) await ledger.recordRecovery(entry, { count, lastAt: now.toISOString() });
    return started;
  };
  const count = Math.max(1, recoveries.count);
  if (await start(count)) return;
  const pauseMinutes = Math.min(maxPauseMinutes, firstPauseMinutes * 2 ** (count - 1));
  if (now.getTime() - Date.parse(recoveries.lastAt) >= pauseMinutes * 60_000) await start(count + 1);
}
