import type { TaskRun } from "../records.ts";
import type { RunTasksOutput } from "../steps.ts";
import { failTask } from "./fail-task.ts";
import { judgeTask } from "./judge-task.ts";
import type { TaskLook } from "./run-tasks.ts";

/** Finds out what has become of a task that was started. */
export async function followTask(look: TaskLook, run: TaskRun): Promise<RunTasksOutput> {
  const { ports, input, environment, task, now } = look;
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
      await ports.ledger.recordTask(input.release, task.name, {
        ...run,
        status: "succeeded",
        exitCode: verdict.exitCode,
        endedAt: now.toISOString(),
        version: run.version + 1,
      });
      await stop(`Container ${task.container} has ended, and its exit code is known`);
      return { state: "done" };
    case "failed":
      await stop(`It failed: ${verdict.evidence.message}`);
      return failTask(look, run, verdict.evidence);
  }
}
