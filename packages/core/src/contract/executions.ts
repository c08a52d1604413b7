import type { ReleaseInput } from "./release-input.ts";

/** An execution as Step Functions describes it: eventually consistent, so that a redriven one may still appear ended. */
export type ObservedExecution = {
  status: "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED" | "PENDING_REDRIVE";
  redriveCount: number;
  /** ISO 8601. */
  stoppedAt?: string;
  error?: string;
  cause?: string;
};

/** Step Functions, for the functions. */
export type Executions = {
  /**
   * `started: false` when an execution of that name has ended, or runs with another input. Idempotent: for one that runs with
   * the same input, Step Functions responds as if it were started now.
   */
  start(name: string, input: ReleaseInput): Promise<{ executionArn: string; started: boolean }>;
  /** Completes a waiting task. `false` when it no longer waits: expired, completed already, execution ended. */
  succeedTask(taskToken: string, output: unknown): Promise<boolean>;
  failTask(taskToken: string, error: string, cause: string): Promise<boolean>;
  /** Ends an execution as aborted. Changes nothing when it has ended, or Step Functions no longer knows it. */
  stop(executionArn: string, error: string, cause: string): Promise<void>;
  /** `false` also for one that Step Functions no longer knows, 90 days after it ended. */
  isRunning(executionArn: string): Promise<boolean>;
  /** `undefined` for one that Step Functions no longer knows, 90 days after it ended. */
  describe(executionArn: string): Promise<ObservedExecution | undefined>;
};
