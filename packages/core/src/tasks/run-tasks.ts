import type * as v from "valibot";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { TaskConfiguration } from "../config/tasks.ts";
import type { ConfigurationLedger, LockLedger, ReleaseLedger } from "../ledger/ports.ts";
import type { TaskRun } from "../ledger/task-run.ts";
import type { ContainerLogs, ServiceObservations, TaskDefinitions } from "../ecs/ports.ts";
import { environmentOf, recordOf } from "../policy/service-of-release.ts";
import type { RunTasksInput, RunTasksOutput } from "../contract/steps.ts";
import { followTask, succeededUnseen } from "./follow-task.ts";
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

/** One task at one look. */
export type TaskLook = {
  ports: RunTasksPorts;
  input: v.InferOutput<typeof RunTasksInput>;
  environment: EnvironmentConfiguration;
  task: TaskConfiguration;
  now: Date;
};

/**
 * Runs the tasks before, or after, a rollout: one after the other, each once, with the image that is released. One look starts
 * what is next, or finds out what became of it; what it returns while waiting says when to look again.
 *
 * What has succeeded is not run again by a redrive, save that a test of what runs is repeated when it was deployed anew. A task
 * that died without a result may run again: whatever it does must bear that.
 *
 * @throws LockLostError
 * @throws RejectedError SERVICE_NOT_FOUND, SERVICE_INACTIVE, CONTAINER_NOT_FOUND, CONFIGURATION_MISSING
 * @throws RetryableError CONFLICT when the release is stopped at this moment, or the step runs twice
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

/** Where a service keeps its image there is nothing to migrate; what runs afterwards is tested as a whole, if anything changed. */
export function tasksOf(
  { tasks }: Pick<EnvironmentConfiguration, "tasks">,
  { when, services }: Pick<TaskLook["input"], "when" | "services">,
): TaskConfiguration[] {
  if (when === "after") return services.length === 0 ? [] : tasks.after;
  const changed = new Set(services.map(({ service }) => service));
  return tasks.before.filter(({ service }) => changed.has(service));
}

async function advance(look: TaskLook, known: TaskRun | undefined): Promise<RunTasksOutput> {
  if (known === undefined) return beginTask(look, undefined);
  if (!stands(known, look.input)) {
    const isDone = known.when === look.input.when && (await succeededUnseen(look, known));
    return isDone ? { state: "done" } : beginTask(look, known);
  }
  switch (known.status) {
    case "starting":
      return startTask(look, known);
    case "running":
      return followTask(look, known);
    case "succeeded":
      return { state: "done" };
    case "failed":
    case "stopped": {
      const { code, message } = known.failure ?? { code: "TASK_FAILED", message: "it failed" };
      return { state: "failed", code, message };
    }
  }
}

/** Whether a recorded run is the one that counts now; else the task is to be run anew. */
function stands(known: TaskRun, { when, epoch, redriveCount }: TaskLook["input"]): boolean {
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
