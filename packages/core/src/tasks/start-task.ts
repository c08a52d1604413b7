import { RejectedError } from "../lib/errors.ts";
import { beginToChange } from "../lock/hold-lock.ts";
import type { TaskRun } from "../ledger/task-run.ts";
import { findDeployment } from "../ecs/released-task-definition.ts";
import { serviceOf } from "../policy/service-of-release.ts";
import type { RunTasksOutput } from "../contract/steps.ts";
import { failTask } from "./fail-task.ts";
import { retryAfterSeconds, secondsSince, subjectOf } from "./judge-task.ts";
import type { TaskStart } from "./ports.ts";
import type { TaskLook } from "./run-tasks.ts";
import { clientTokenOf, startedByOf } from "./task-names.ts";

/** Records that a task is to be started, then starts it. @param last its last run, which does not count any more */
export async function beginTask(look: TaskLook, last: TaskRun | undefined): Promise<RunTasksOutput> {
  const { ports, input, task, now } = look;
  const run: TaskRun = {
    when: input.when,
    attempt: input.epoch,
    redriveCount: input.redriveCount,
    run: (last?.run ?? 0) + 1,
    taskDefinition: await taskDefinitionOf(look),
    startedAt: now.toISOString(),
    status: "starting",
    version: (last?.version ?? 0) + 1,
  };
  await ports.ledger.recordTask(input.release, task.name, run);
  return startTask(look, run);
}

/** The very revision that the service is set to by this release, registered now when the service is changed later. */
async function taskDefinitionOf({ ports, input, environment, task }: TaskLook): Promise<string> {
  const { wanted, registered } = await findDeployment(ports, environment, task.service, input.images);
  return registered ?? (await ports.taskDefinitions.register(wanted));
}

/**
 * Starts a task whose run is recorded; once more, ECS answers the task that it started before.
 *
 * The lock is asked for after the record was written: whoever takes the environment over sees this run, and stops it.
 */
export async function startTask(look: TaskLook, run: TaskRun): Promise<RunTasksOutput> {
  const { ports, input, task, now } = look;
  await beginToChange(ports.ledger, input.release, input.epoch);
  const start = await askForTask(look, run);
  if (start.state === "started") {
    await recordStart(look, run, start.taskArn);
    const retry = retryAfterSeconds(task, 0);
    return { state: "waiting", retryAfterSeconds: retry, progress: `task ${task.name} was started` };
  }
  const ageSeconds = secondsSince(run.startedAt, now);
  if (start.state === "no-capacity" && ageSeconds < task.deadlineMinutes * 60) {
    const progress = `task ${task.name} finds no place: ${start.reason}`;
    return { state: "waiting", retryAfterSeconds: retryAfterSeconds(task, ageSeconds), progress };
  }
  const message = `task ${task.name} was not started: ${start.reason}`;
  return failTask(look, run, { ...subjectOf(task, run), code: "TASK_NOT_STARTED", message });
}

async function askForTask({ ports, input, environment, task }: TaskLook, run: TaskRun): Promise<TaskStart> {
  try {
    return await ports.tasks.run({
      cluster: environment.cluster,
      service: serviceOf(environment, task.service).service,
      taskDefinition: run.taskDefinition,
      container: task.container,
      command: task.command,
      startedBy: startedByOf(input.release),
      clientToken: clientTokenOf(input.release, task.name, run),
    });
  } catch (error) {
    if (error instanceof RejectedError) return { state: "refused", reason: error.message };
    throw error;
  }
}

/** A task that cannot be recorded, because its release was ended meanwhile, must not run either. */
async function recordStart(look: TaskLook, run: TaskRun, taskArn: string): Promise<void> {
  const { ports, input, environment, task, now } = look;
  const running: TaskRun = {
    ...run,
    status: "running",
    taskArn,
    startedAt: now.toISOString(),
    version: run.version + 1,
  };
  try {
    await ports.ledger.recordTask(input.release, task.name, running);
  } catch (error) {
    const record = await ports.ledger.release(input.release);
    const recorded = record?.tasks?.[task.name];
    const isWanted = record?.status === "open" && recorded?.run === run.run && recorded.status !== "stopped";
    if (!isWanted) await ports.tasks.stop(environment.cluster, taskArn, "Its release has ended");
    throw error;
  }
}
