import { buildsOf } from "../build/builds-of-release.ts";
import { notifyOutcome, type NotifyPorts } from "../notify/notify-outcome.ts";
import { wakeWaiters, type WakingTokens } from "../lock/wake-waiters.ts";
import { checksEnvironment } from "../lib/names.ts";
import type { Ledger } from "../ledger/ports.ts";
import type { Builds } from "../build/ports.ts";
import type { Executions, ObservedExecution } from "../contract/executions.ts";
import type { StoredConfiguration } from "../config/stored.ts";
import type { AgendaEntry } from "../ledger/agenda-entry.ts";
import type { ReleaseKey, RecoveredExecution } from "../ledger/release-ref.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import { stopTasks, type StopTasksPorts } from "../tasks/stop-tasks.ts";
import { closeRecord } from "./close-record.ts";
import { abandonBuilds } from "./abandon-builds.ts";
import { handBackLock } from "./hand-back-lock.ts";
import { startRecovery } from "./start-recovery.ts";

export type RecoverPorts = NotifyPorts & {
  ledger: Pick<
    Ledger,
    | "agendaEntry"
    | "dropAgendaEntry"
    | "recordRecovery"
    | "configuration"
    | "release"
    | "closeRelease"
    | "build"
    | "writeBuild"
    | "lock"
    | "writeLock"
    | "recordTask"
  >;
  /** One-off tasks, where an environment is. */
  tasksOf: (release: ReleaseKey) => Promise<StopTasksPorts["tasks"]>;
  executions: Pick<Executions, "describe" | "start">;
  tokens: WakingTokens;
  builds: Pick<Builds, "recent" | "stop">;
  buildProjectPrefix: string;
};

/** For the log. */
export type Recovered =
  /** None of Lockmaster's, or settled before. */
  | { state: "nothing" }
  | { state: "running" }
  /** Its environment was left midway, and is being brought back. */
  | { state: "recovering" }
  /** Nothing is left to do; `remains` while a function that it invoked may still be at work. */
  | { state: "recovered"; remains: boolean };

/** A function that an execution invoked before it ended may run so long: longer than any time-out, and than clocks differ. */
const lateSeconds = 60;

/**
 * Does what is left to do of an execution that has ended, however it ended: builds that nobody waits for any more and one-off
 * tasks are stopped, its record is closed, its lock is passed on, or where it changed its environment a settlement is started that brings it
 * back; others are told what they were not told. Judges by what the ledger and Step Functions say now. Twice, at once or
 * midway through, it changes nothing more.
 *
 * @throws RetryableError CONFLICT when somebody else wrote one of the records meanwhile; SideEffectError
 */
export async function recoverExecution(ports: RecoverPorts, executionArn: string, now: Date): Promise<Recovered> {
  const { ledger } = ports;
  const entry = await ledger.agendaEntry(executionArn);
  if (entry === undefined) return { state: "nothing" };
  const execution = await endOf(ports, entry);
  if (execution === undefined) return { state: "running" };

  const ended = { executionArn, redriveCount: execution.redriveCount };
  const endedAt = execution.stoppedAt ?? now.toISOString();
  // First the record: from here on its late functions are refused.
  const record = await closeRecord(ledger, entry, execution, endedAt);
  const stored = await ledger.configuration(entry.repository);
  if (record !== undefined) {
    const { buildProjectPrefix: projectPrefix } = ports;
    await abandonBuilds(ports, buildsOf(record, stored?.configuration.images), ended, {
      status: execution.status,
      projectPrefix,
    });
  }
  if (record?.tasks !== undefined)
    await endTasks(ports, entry, stored, `its release ended as ${execution.status}`, now);
  const isClean = entry.environment === checksEnvironment || (await passLockOn(ports, entry, ended, record));
  if (!isClean) await startRecovery(ports, entry, ended, endedAt, now);
  // What this settlement settled waited for it.
  if (record?.recovers !== undefined) await recoverExecution(ports, record.recovers.executionArn, now);
  if (record !== undefined) await notifyOutcome(ports, record, stored?.configuration.images ?? {});
  if (!isClean) return { state: "recovering" };
  const remains = execution.status !== "SUCCEEDED" && now.getTime() - Date.parse(endedAt) < lateSeconds * 1000;
  if (!remains) await ledger.dropAgendaEntry(entry);
  return { state: "recovered", remains };
}

/** An environment that has gone from the configuration says no more where its tasks would run. */
async function endTasks(
  { ledger, tasksOf }: Pick<RecoverPorts, "ledger" | "tasksOf">,
  entry: AgendaEntry,
  stored: StoredConfiguration | undefined,
  reason: string,
  now: Date,
): Promise<void> {
  const environments = new Map(Object.entries(stored?.configuration.environments ?? {}));
  const cluster = environments.get(entry.environment)?.cluster;
  if (cluster !== undefined) await stopTasks({ ledger, tasks: await tasksOf(entry) }, entry, cluster, reason, now);
}

type Ended = Omit<ObservedExecution, "status"> & { status: string };

/** How an execution ended; undefined while it runs, or when what Step Functions shows is from before its last redrive. */
async function endOf({ executions }: RecoverPorts, entry: AgendaEntry): Promise<Ended | undefined> {
  const { executionArn, redriveCount } = entry;
  const execution = await executions.describe(executionArn);
  if (execution === undefined) return { status: "UNKNOWN", redriveCount };
  const isRunning = execution.status === "RUNNING" || execution.status === "PENDING_REDRIVE";
  return isRunning || execution.redriveCount < redriveCount ? undefined : execution;
}

/** `false` when the environment has to be brought back before its lock can pass on. */
async function passLockOn(
  { ledger, tokens }: Pick<RecoverPorts, "ledger" | "tokens">,
  entry: AgendaEntry,
  ended: RecoveredExecution,
  record: ReleaseRecord | undefined,
): Promise<boolean> {
  const lock = await ledger.lock(entry);
  const leaving = handBackLock(lock, ended, record);
  if (leaving.lock !== undefined) await ledger.writeLock(leaving.lock);
  if (leaving.state === "dirty") return false;
  if (leaving.wakes) await wakeWaiters(tokens, leaving.lock?.waiters ?? []);
  return true;
}
