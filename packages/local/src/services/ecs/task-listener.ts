import type { TaskRecord } from "./state.ts";

/** What the scheduler wants to know of its tasks. */
export type TaskListener = {
  unplaced(task: TaskRecord, message: string): void;
  /** It counts towards the minimum healthy percent from now on. */
  healthy(task: TaskRecord): void;
  /** A health check failed for good; the task still runs. */
  unhealthy(task: TaskRecord): void;
  /** It ended by itself: whether it ever ran, and whether it counted as healthy until then. */
  ended(task: TaskRecord, before: { ran: boolean; counted: boolean }): void;
  /** Its last trace is gone: STOPPED. */
  gone(task: TaskRecord): void;
};
