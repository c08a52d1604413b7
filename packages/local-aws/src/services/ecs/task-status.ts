import { emitTaskState } from "./events.ts";
import type { EcsContext, TaskMoment, TaskRecord, TaskStatus } from "./state.ts";

/** The task's next status, told to EventBridge. */
export function moveOn(context: EcsContext, task: TaskRecord, status: TaskStatus): void {
  task.status = status;
  task.version += 1;
  emitTaskState(context, task);
}

/** Notes when something happened to a task, the first time only. */
export function mark(context: EcsContext, task: TaskRecord, ...moments: readonly TaskMoment[]): void {
  for (const moment of moments) task.times[moment] ??= context.world.clock.now();
}
