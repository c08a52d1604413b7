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
 * Ends whatever tasks of a release still run, because the release does. Whoever starts one at the same moment finds out, and
 * stops it. Twice, at once or midway it changes nothing more; as long as a function of the release may still be at work, once
 * more finds what was started too late to be found before.
 *
 * @param cluster of the release's environment
 * @returns names of the tasks that had not ended
 * @throws RetryableError CONFLICT when somebody else wrote what became of a task meanwhile
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
  // First the record: whoever has just started a task cannot record it any more, and stops it.
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
  failure: { code: "TASK_FAILED", message: "it was stopped with its release" },
  endedAt: now.toISOString(),
  version: run.version + 1,
});
