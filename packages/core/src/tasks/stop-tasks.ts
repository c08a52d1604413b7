import type { ReleaseLedger } from "../ledger/ports.ts";
import type { ReleaseKey } from "../ledger/release-ref.ts";
import type { TaskRun } from "../ledger/task-run.ts";
import type { OneOffTasks } from "./ports.ts";
import { startedByOf } from "./task-names.ts";

export type StopTasksPorts = {
  ledger: Pick<ReleaseLedger, "release" | "recordTask">;
  tasks: Pick<OneOffTasks, "startedBy" | "stop">;
};

/**
 * Stops the tasks of a release that has ended. A function that starts a task at the same moment finds the record changed and stops the
 * task itself. Idempotent, also concurrently; a later call finds tasks that a function of the release started too late for this one.
 *
 * @param cluster of the release's environment
 * @returns names of the tasks that had not finished
 * @throws RetryableError CONFLICT if another function recorded a task's result meanwhile
 */
export async function stopTasks(
  { ledger, tasks }: StopTasksPorts,
  key: ReleaseKey,
  cluster: string,
  reason: string,
  now: Date,
): Promise<string[]> {
  const record = await ledger.release(key);
  const unfinished = Object.entries(record?.tasks ?? {}).filter(([, { status }]) => !isFinished(status));
  if (unfinished.length === 0) return [];
  // The record first: a function that has just started a task can then no longer record it, and stops it.
  for (const [name, run] of unfinished) {
    if (run.status !== "stopped") await ledger.recordTask(key, name, stopped(run, now));
  }
  const found = await tasks.startedBy(cluster, startedByOf(key));
  const known = unfinished.flatMap(([, { taskArn }]) => taskArn ?? []);
  for (const taskArn of new Set([...known, ...found])) await tasks.stop(cluster, taskArn, reason);
  return unfinished.map(([name]) => name);
}

const isFinished = (status: TaskRun["status"]): boolean => status === "succeeded" || status === "failed";

const stopped = (run: TaskRun, now: Date): TaskRun => ({
  ...run,
  status: "stopped",
  failure: { code: "TASK_FAILED", message: "the task was stopped because its release ended" },
  endedAt: now.toISOString(),
  version: run.version + 1,
});
