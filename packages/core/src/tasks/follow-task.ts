import type { TaskRun } from "../ledger/task-run.ts";
import type { RunTasksOutput } from "../contract/steps.ts";
import { failTask } from "./fail-task.ts";
import { judgeTask } from "./judge-task.ts";
import type { TaskLook } from "./run-tasks.ts";

/** Finds out what has become of a task that was started. */
export async function followTask(look: TaskLook, run: TaskRun): Promise<RunTasksOutput> {
  const { ports, environment, task, now } = look;
  const { taskArn = "" } = run;
  const observed = await ports.tasks.describe(environment.cluster, taskArn);
  const stop = async (reason: string) => {
    if (observed?.stopped === false) await ports.tasks.stop(environment.cluster, taskArn, reason);
  };
  const verdict = judgeTask(task, run, observed, now);
  switch (verdict.state) {
    case "waiting":
      return { ...verdict, progress: `task ${task.name} is under way` };
    case "succeeded":
      await recordSuccess(look, run);
      await stop(`Container ${task.container} has ended, and its exit code is known`);
      return { state: "done" };
    case "failed":
      await stop(`It failed: ${verdict.evidence.message}`);
      return failTask(look, run, verdict.evidence);
  }
}

/**
 * Whether a task that was stopped with its release had succeeded by then, though nobody could look; then that is recorded. ECS
 * shows it for an hour.
 */
export async function succeededUnseen(look: TaskLook, run: TaskRun): Promise<boolean> {
  const { ports, environment, task, now } = look;
  if (run.status !== "stopped" || run.when !== "before" || run.taskArn === undefined) return false;
  const observed = await ports.tasks.describe(environment.cluster, run.taskArn);
  if (judgeTask(task, run, observed, now).state !== "succeeded") return false;
  await recordSuccess(look, run);
  return true;
}

async function recordSuccess({ ports, input, task, now }: TaskLook, run: TaskRun): Promise<void> {
  const { failure: _, ...rest } = run;
  await ports.ledger.recordTask(input.release, task.name, {
    ...rest,
    status: "succeeded",
    exitCode: 0,
    endedAt: now.toISOString(),
    version: run.version + 1,
  });
}
