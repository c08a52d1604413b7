/** Callbacks of the code that launched a task. */
export type TaskListener = {
  /** The task runs, but could not be registered with its target group. */
  unregistered(message: string): void;
  /** The task counts towards the minimum healthy percent from now on. */
  healthy(): void;
  /** The health check failed, after any grace period; the task still runs. */
  unhealthy(): void;
  /** The task ended without a stop request. `ran`: it was RUNNING; `counted`: it counted as healthy. */
  ended(before: { ran: boolean; counted: boolean }): void;
  /** The task is STOPPED. */
  gone(): void;
  /** StopTask was called. */
  stoppedByUser(): void;
};

/** For one-off tasks, which no service replaces. */
export const noListener: TaskListener = {
  unregistered() {},
  healthy() {},
  unhealthy() {},
  ended() {},
  gone() {},
  stoppedByUser() {},
};
