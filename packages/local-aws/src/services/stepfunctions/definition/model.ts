import type { Template } from "../language/template.ts";
import type { Json } from "../language/json.ts";

/** The states of a state machine, of a Map's processor, or of one branch of a Parallel. */
export type Flow = { startAt: string; states: ReadonlyMap<string, State> };

export type Definition = Flow & { timeoutSeconds: number | undefined };

/** The transition out of a state. An absent `next` ends the flow. */
export type Transition = { next: string | undefined; assign: Template | undefined; output: Template | undefined };

export type Retrier = {
  errorEquals: readonly string[];
  intervalSeconds: number;
  maxAttempts: number;
  backoffRate: number;
  maxDelaySeconds: number;
  jitter: "FULL" | "NONE";
};

export type Catcher = Transition & { errorEquals: readonly string[]; next: string };

/** Retry and Catch. */
export type ErrorHandling = { retry: readonly Retrier[]; catch: readonly Catcher[] };

type PassState = Transition & { type: "Pass"; name: string; result: Json | undefined };

export type TaskResource =
  | { kind: "invoke"; waitForTaskToken: boolean }
  /** A function's ARN in `Resource`. */
  | { kind: "function"; arn: string };

export type TaskState = Transition &
  ErrorHandling & {
    type: "Task";
    name: string;
    resource: TaskResource;
    arguments: Template | undefined;
    timeoutSeconds: Template | undefined;
    heartbeatSeconds: Template | undefined;
  };

export type ChoiceRule = Transition & { condition: Template; next: string };

export type ChoiceState = Transition & { type: "Choice"; name: string; choices: readonly ChoiceRule[] };

export type WaitState = Transition & {
  type: "Wait";
  name: string;
  until: { kind: "seconds" | "timestamp"; template: Template };
};

type SucceedState = Transition & { type: "Succeed"; name: string };

export type FailState = { type: "Fail"; name: string; error: Template | undefined; cause: Template | undefined };

export type ParallelState = Transition &
  ErrorHandling & { type: "Parallel"; name: string; arguments: Template | undefined; branches: readonly Flow[] };

export type MapState = Transition &
  ErrorHandling & {
    type: "Map";
    name: string;
    items: Template | undefined;
    itemSelector: Template | undefined;
    processor: Flow;
    maxConcurrency: Template | undefined;
    toleratedFailureCount: Template | undefined;
    toleratedFailurePercentage: Template | undefined;
  };

export type State =
  | PassState
  | TaskState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;
