import type * as v from "valibot";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { TaskConfiguration } from "../config/tasks.ts";
import type { ConfigurationLedger, LockLedger, ReleaseLedger } from "../ledger/ports.ts";
import type { TaskRun } from "../ledger/task-run.ts";
import type { ContainerLogs, ServiceObservations, TaskDefinitions } from "../ecs/ports.ts";
import { environmentOf, recordOf } from "../policy/policy.ts";
import type { RunTasksInput, RunTasksOutput } from "../contract/steps.ts";
import { followTask, succeededBeforeStop } from "./follow-task.ts";
import type { OneOffTasks } from "./ports.ts";
import { beginTask, startTask } from "./start-task.ts";

export type RunTasksPorts = {
  ledger: ConfigurationLedger &
    Pick<ReleaseLedger, "release" | "recordTask" | "recordEvidence"> &
    Pick<LockLedger, "lock" | "markDirty">;
  ecs: Pick<ServiceObservations, "services">;
  taskDefinitions: TaskDefinitions;
  tasks: OneOffTasks;
  logs: ContainerLogs;
};

/** One invocation of the step for one task. */
export type TaskAttempt = {
  ports: RunTasksPorts;
  input: v.InferOutput<typeof RunTasksInput>;
  environment: EnvironmentConfiguration;
  task: TaskConfiguration;
  now: Date;
};

/**
 * Runs the tasks before or after a rollout one after the other, each once, with the release's image. Each call starts the next task
 * or polls the running one; while a task runs, the result says when to poll again.
 *
 * A redrive does not repeat a task that succeeded, except that tasks after the rollout run again when services were deployed again. A
 * task that stopped without a result can run again, so its command must be idempotent.
 *
 * @throws LockLostError
 * @throws RejectedError SERVICE_NOT_FOUND, SERVICE_INACTIVE, CONTAINER_NOT_FOUND, CONFIGURATION_MISSING
 * @throws RetryableError CONFLICT if the release is being stopped, or the step runs twice
 */
export async function runTasks(
  ports: RunTasksPorts,
  input: v.InferOutput<typeof RunTasksInput>,
  now: Date,
): Promise<RunTasksOutput> {
  const { release } = input;
  const [environment, record] = await Promise.all([
    environmentOf(ports.ledger, release),
    recordOf(ports.ledger, release),
  ]);
  for (const task of tasksOf(environment, input)) {
    const outcome = await advance({ ports, input, environment, task, now }, record.tasks?.[task.name]);
    if (outcome.state !== "done") return outcome;
  }
  return { state: "done" };
}

/** Tasks before the rollout run only for changed services; tasks after it run if any service changed. */
export function tasksOf(
  { tasks }: Pick<EnvironmentConfiguration, "tasks">,
  { when, services }: Pick<TaskAttempt["input"], "when" | "services">,
): TaskConfiguration[] {
  if (when === "after") return services.length === 0 ? [] : tasks.after;
  const changed = new Set(services.map(({ service }) => service));
  return tasks.before.filter(({ service }) => changed.has(service));
}

async function advance(attempt: TaskAttempt, known: TaskRun | undefined): Promise<RunTasksOutput> {
  if (known === undefined) return beginTask(attempt, undefined);
  if (!counts(known, attempt.input)) {
    const isDone = known.when === attempt.input.when && (await succeededBeforeStop(attempt, known));
    return isDone ? { state: "done" } : beginTask(attempt, known);
  }
  switch (known.status) {
    case "starting":
      return startTask(attempt, known);
    case "running":
      return followTask(attempt, known);
    case "succeeded":
      return { state: "done" };
    case "failed":
    case "stopped": {
      const { code, message } = known.failure ?? { code: "TASK_FAILED", message: "the task failed" };
      return { state: "failed", code, message };
    }
  }
}

/** Whether a recorded run counts for this attempt; otherwise the task runs again. */
function counts(known: TaskRun, { when, epoch, redriveCount }: TaskAttempt["input"]): boolean {
  if (known.when !== when) return false;
  switch (known.status) {
    case "starting":
    case "running":
      return true;
    case "succeeded":
      return when === "before" || known.attempt === epoch;
    case "failed":
    case "stopped":
      return known.attempt === epoch && known.redriveCount === redriveCount;
  }
}
