import { requireLock } from "../lock/hold-lock.ts";
import type { Evidence } from "../ledger/evidence.ts";
import type { TaskRun } from "../ledger/task-run.ts";
import { describeFailure, withTail } from "../ecs/describe-failure.ts";
import type { RunTasksOutput } from "../contract/steps.ts";
import type { TaskAttempt } from "./run-tasks.ts";

/** Records a task's failure with the last log lines of the container that failed. */
export async function failTask(
  { ports, input: { release, epoch }, task, now }: TaskAttempt,
  run: TaskRun,
  found: Evidence,
): Promise<RunTasksOutput> {
  // If another release has the lock now, it may have stopped the task: that is not a failure of the task.
  await requireLock(ports.ledger, release, epoch);
  const { taskArn, taskDefinition } = run;
  const { container = task.container } = found;
  const tail = taskArn === undefined ? undefined : await ports.logs.tail({ taskDefinition, taskArn, container });
  const evidence = withTail(found, tail);
  await ports.ledger.recordEvidence(release, [evidence]);
  const { code, message } = describeFailure([evidence]);
  await ports.ledger.recordTask(release, task.name, {
    ...run,
    status: "failed",
    ...(evidence.exitCode !== undefined && container === task.container && { exitCode: evidence.exitCode }),
    failure: { code, message },
    endedAt: now.toISOString(),
    version: run.version + 1,
  });
  return { state: "failed", code, message };
}
