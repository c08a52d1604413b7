import type { TaskRun } from "../ledger/task-run.ts";
import type { RunTasksOutput } from "../contract/steps.ts";
import { failTask } from "./fail-task.ts";
import { judgeTask } from "./judge-task.ts";
import type { TaskAttempt } from "./run-tasks.ts";

/** Polls a task that was started, and records its result. */
export async function followTask(attempt: TaskAttempt, run: TaskRun): Promise<RunTasksOutput> {
  const { ports, environment, task, now } = attempt;
  const { taskArn = "" } = run;
  const observed = await ports.tasks.describe(environment.cluster, taskArn);
  const stop = async (reason: string) => {
    if (observed?.stopped === false) await ports.tasks.stop(environment.cluster, taskArn, reason);
  };
  const verdict = judgeTask(task, run, observed, now);
  switch (verdict.state) {
    case "waiting":
      return { ...verdict, progress: `task ${task.name} is running` };
    case "succeeded":
      await recordSuccess(attempt, run);
      await stop(`Container ${task.container} exited`);
      return { state: "done" };
    case "failed":
      await stop(`The task failed: ${verdict.evidence.message}`);
      return failTask(attempt, run, verdict.evidence);
  }
}

/**
 * Whether a task that was stopped with its release had already succeeded, which is then recorded. ECS shows stopped tasks for an
 * hour.
 */
export async function succeededBeforeStop(attempt: TaskAttempt, run: TaskRun): Promise<boolean> {
  const { ports, environment, task, now } = attempt;
  if (run.status !== "stopped" || run.when !== "before" || run.taskArn === undefined) return false;
  const observed = await ports.tasks.describe(environment.cluster, run.taskArn);
  if (judgeTask(task, run, observed, now).state !== "succeeded") return false;
  await recordSuccess(attempt, run);
  return true;
}

async function recordSuccess({ ports, input, task, now }: TaskAttempt, run: TaskRun): Promise<void> {
  const { failure: _, ...rest } = run;
  await ports.ledger.recordTask(input.release, task.name, {
    ...rest,
    status: "succeeded",
    exitCode: 0,
    endedAt: now.toISOString(),
    version: run.version + 1,
  });
}
