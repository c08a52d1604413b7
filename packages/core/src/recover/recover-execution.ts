import { asPlanned } from "../policy/as-planned.ts";
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
import { removeFromLock } from "./remove-from-lock.ts";
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
  /** One-off tasks in the account and region of a release's environment. */
  tasksOf: (release: ReleaseKey) => Promise<StopTasksPorts["tasks"]>;
  executions: Pick<Executions, "describe" | "start">;
  tokens: WakingTokens;
  builds: Pick<Builds, "recent" | "stop">;
  buildProjectPrefix: string;
};

/** For the log. */
export type Recovered =
  /** Not an execution of Lockmaster, or recovered already. */
  | { state: "nothing" }
  | { state: "running" }
  /** It left its environment half changed; a recovery release restores it. */
  | { state: "recovering" }
  /** Nothing is left to do; `staysOnAgenda` while a function that it invoked may still run. */
  | { state: "recovered"; staysOnAgenda: boolean };

/** How long a function may run on after its execution has ended: longer than every timeout, plus clock drift. */
const maxSecondsAfterEnd = 60;

/**
 * Does what an ended execution left undone: closes its record, abandons its builds, stops its one-off tasks, frees its lock and
 * publishes its outcome. When it left its environment half changed, starts a recovery release instead of freeing the lock.
 * Decides by the current state of the ledger and Step Functions. Idempotent, and may run concurrently.
 *
 * @param following executions that led to this one, each of which recovers the next
 * @throws RetryableError CONFLICT when another function wrote one of the records meanwhile; SideEffectError
 */
export async function recoverExecution(
  ports: RecoverPorts,
  executionArn: string,
  now: Date,
  following: readonly string[] = [],
): Promise<Recovered> {
  const { ledger } = ports;
  const entry = await ledger.agendaEntry(executionArn);
  if (entry === undefined) return { state: "nothing" };
  const execution = await findEnd(ports, entry);
  if (execution === undefined) return { state: "running" };

  const ended = { executionArn, redriveCount: execution.redriveCount };
  const endedAt = execution.stoppedAt ?? now.toISOString();
  // First the record: from here on the ledger refuses what its late functions write.
  const record = await closeRecord(ledger, entry, execution, endedAt);
  const stored = asPlanned(await ledger.configuration(entry.repository), entry, record);
  if (record !== undefined) {
    const { buildProjectPrefix: projectPrefix } = ports;
    await abandonBuilds(ports, buildsOf(record, stored?.configuration.images), ended, {
      status: execution.status,
      projectPrefix,
    });
  }
  if (record?.tasks !== undefined)
    await endTasks(ports, entry, stored, `its release ended as ${execution.status}`, now);
  const isClean = entry.environment === checksEnvironment || (await freeEnvironment(ports, entry, ended, record));
  if (!isClean) await startRecovery(ports, entry, ended, endedAt, now);
  // The execution that this recovery recovered was waiting for its end. An input that an operator wrote may lead back here.
  const before = record?.recovers?.executionArn;
  const chain = [...following, executionArn];
  if (before !== undefined && !chain.includes(before)) await recoverExecution(ports, before, now, chain);
  if (record !== undefined) await notifyOutcome(ports, record, stored?.configuration.images ?? {});
  if (!isClean) return { state: "recovering" };
  const staysOnAgenda =
    execution.status !== "SUCCEEDED" && now.getTime() - Date.parse(endedAt) < maxSecondsAfterEnd * 1000;
  if (!staysOnAgenda) await ledger.dropAgendaEntry(entry);
  return { state: "recovered", staysOnAgenda };
}

/** Without its environment in the configuration, the cluster of its tasks is unknown. */
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

type EndedExecution = Omit<ObservedExecution, "status"> & { status: string };

/** How an execution ended; undefined while it runs, or while Step Functions still shows the end before its last redrive. */
async function findEnd({ executions }: RecoverPorts, entry: AgendaEntry): Promise<EndedExecution | undefined> {
  const { executionArn, redriveCount } = entry;
  const execution = await executions.describe(executionArn);
  if (execution === undefined) return { status: "UNKNOWN", redriveCount };
  const isRunning = execution.status === "RUNNING" || execution.status === "PENDING_REDRIVE";
  return isRunning || execution.redriveCount < redriveCount ? undefined : execution;
}

/** Removes the execution from its lock. @returns `false` when the environment must be recovered first */
async function freeEnvironment(
  { ledger, tokens }: Pick<RecoverPorts, "ledger" | "tokens">,
  entry: AgendaEntry,
  ended: RecoveredExecution,
  record: ReleaseRecord | undefined,
): Promise<boolean> {
  const lock = await ledger.lock(entry);
  const removal = removeFromLock(lock, ended, record);
  if (removal.lock !== undefined) await ledger.writeLock(removal.lock);
  if (removal.state === "dirty") return false;
  if (removal.wakes) await wakeWaiters(tokens, removal.lock?.waiters ?? []);
  return true;
}
