/** What whoever launched a task wants to know of it. */
export type TaskListener = {
  unplaced(message: string): void;
  /** It counts towards the minimum healthy percent from now on. */
  healthy(): void;
  /** A health check failed for good; the task still runs. */
  unhealthy(): void;
  /** It ended by itself: whether it ever ran, and whether it counted as healthy until then. */
  ended(before: { ran: boolean; counted: boolean }): void;
  /** Its last trace is gone: STOPPED. */
  gone(): void;
  /** A user has asked it to end. */
  stoppedByUser(): void;
};

/** For tasks that nobody replaces. */
export const nobody: TaskListener = {
  unplaced() {},
  healthy() {},
  unhealthy() {},
  ended() {},
  gone() {},
  stoppedByUser() {},
};
