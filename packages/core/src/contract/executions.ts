import type { ReleaseInput } from "./release-input.ts";

/** An execution as Step Functions describes it: eventually consistent, so that one redriven may still look ended. */
export type ObservedExecution = {
  status: "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED" | "PENDING_REDRIVE";
  redriveCount: number;
  /** ISO 8601. */
  stoppedAt?: string;
  error?: string;
  cause?: string;
};

/** Step Functions, as seen from the functions. */
export type Executions = {
  /**
   * `started: false` when an execution of that name has ended, or runs with another input. For one that runs with the same
   * input Step Functions answers as if it had been started now.
   */
  start(name: string, input: ReleaseInput): Promise<{ executionArn: string; started: boolean }>;
  /** Completes a waiting task. `false` when nobody waits any more: expired, completed already, execution ended. */
  succeedTask(taskToken: string, output: unknown): Promise<boolean>;
  failTask(taskToken: string, error: string, cause: string): Promise<boolean>;
  /** Ends an execution as aborted. One that has ended, or that Step Functions does not know any more, stays as it is. */
  stop(executionArn: string, error: string, cause: string): Promise<void>;
  /** `false` too for one that Step Functions does not know any more, 90 days after it ended. */
  isRunning(executionArn: string): Promise<boolean>;
  /** `undefined` for one that Step Functions does not know any more, 90 days after it ended. */
  describe(executionArn: string): Promise<ObservedExecution | undefined>;
};
