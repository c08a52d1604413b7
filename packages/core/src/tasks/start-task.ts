import { RejectedError } from "../lib/errors.ts";
import { beginToChange } from "../lock/hold-lock.ts";
import type { TaskRun } from "../ledger/task-run.ts";
import { findDeployment } from "../ecs/released-task-definition.ts";
import { serviceOf } from "../policy/policy.ts";
import type { RunTasksOutput } from "../contract/steps.ts";
import { failTask } from "./fail-task.ts";
import { retryAfterSeconds, secondsSince, blamedService } from "./judge-task.ts";
import type { TaskStart } from "./ports.ts";
import type { TaskAttempt } from "./run-tasks.ts";
import { clientTokenOf, startedByOf } from "./task-names.ts";

/** Records the intent to start a task, then starts it. @param last its last run, which no longer counts */
export async function beginTask(attempt: TaskAttempt, last: TaskRun | undefined): Promise<RunTasksOutput> {
  const { ports, input, task, now } = attempt;
  const run: TaskRun = {
    when: input.when,
    attempt: input.epoch,
    redriveCount: input.redriveCount,
    run: (last?.run ?? 0) + 1,
    taskDefinition: await taskDefinitionOf(attempt),
    startedAt: now.toISOString(),
    status: "starting",
    version: (last?.version ?? 0) + 1,
  };
  await ports.ledger.recordTask(input.release, task.name, run);
  return startTask(attempt, run);
}

/** The task definition that this release sets the service to, registered now if the service is changed later. */
async function taskDefinitionOf({ ports, input, environment, task }: TaskAttempt): Promise<string> {
  const { wanted, registered } = await findDeployment(ports, environment, task.service, input.images);
  return registered ?? (await ports.taskDefinitions.register(wanted));
}

/**
 * Starts a task whose run is recorded. Idempotent: ECS answers the task that it started before.
 *
 * The lock is checked after the record was written, so a release or recovery that takes the lock over sees this run and stops it.
 */
export async function startTask(attempt: TaskAttempt, run: TaskRun): Promise<RunTasksOutput> {
  const { ports, input, task, now } = attempt;
  await beginToChange(ports.ledger, input.release, input.epoch);
  const start = await requestTask(attempt, run);
  if (start.state === "started") {
    await recordStart(attempt, run, start.taskArn);
    const retry = retryAfterSeconds(task, 0);
    return { state: "waiting", retryAfterSeconds: retry, progress: `task ${task.name} was started` };
  }
  const ageSeconds = secondsSince(run.startedAt, now);
  if (start.state === "no-capacity" && ageSeconds < task.deadlineMinutes * 60) {
    const progress = `task ${task.name} waits for capacity: ${start.reason}`;
    return { state: "waiting", retryAfterSeconds: retryAfterSeconds(task, ageSeconds), progress };
  }
  const message = `task ${task.name} could not be started: ${start.reason}`;
  return failTask(attempt, run, { ...blamedService(task, run), code: "TASK_NOT_STARTED", message });
}

async function requestTask({ ports, input, environment, task }: TaskAttempt, run: TaskRun): Promise<TaskStart> {
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

/** Records the task's ARN; stops the task if that fails because its release has ended. */
async function recordStart(attempt: TaskAttempt, run: TaskRun, taskArn: string): Promise<void> {
  const { ports, input, environment, task, now } = attempt;
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
