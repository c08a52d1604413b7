import { requireLock } from "../lock/hold-lock.ts";
import type { Evidence } from "../ledger/evidence.ts";
import type { TaskRun } from "../ledger/task-run.ts";
import { describeFailure } from "../ecs/describe-failure.ts";
import type { RunTasksOutput } from "../contract/steps.ts";
import type { TaskLook } from "./run-tasks.ts";

/** Records that a task failed, with what its container wrote last. */
export async function failTask(
  { ports, input: { release, epoch }, task, now }: TaskLook,
  run: TaskRun,
  found: Evidence,
): Promise<RunTasksOutput> {
  // Whoever has the lock now may have stopped it: that is no failure of this release.
  await requireLock(ports.ledger, release, epoch);
  const { taskArn, taskDefinition } = run;
  const logLines =
    taskArn === undefined ? [] : await ports.logs.tail({ taskDefinition, taskArn, container: task.container });
  const evidence = { ...found, ...(logLines.length > 0 && { logLines }) };
  await ports.ledger.recordEvidence(release, [evidence]);
  const { code, message } = describeFailure([evidence]);
  await ports.ledger.recordTask(release, task.name, {
    ...run,
    status: "failed",
    ...(evidence.exitCode !== undefined && { exitCode: evidence.exitCode }),
    failure: { code, message },
    endedAt: now.toISOString(),
    version: run.version + 1,
  });
  return { state: "failed", code, message };
}
