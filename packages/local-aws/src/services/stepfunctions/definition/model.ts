import type { Template } from "../language/template.ts";
import type { Json } from "../language/json.ts";

/** A state machine, or the inside of a Map or of one branch of a Parallel. */
export type Flow = { startAt: string; states: ReadonlyMap<string, State> };

export type Definition = Flow & { timeoutSeconds: number | undefined };

/** How a state hands over. An absent `next` ends the flow. */
export type Handover = { next: string | undefined; assign: Template | undefined; output: Template | undefined };

export type Retrier = {
  errorEquals: readonly string[];
  intervalSeconds: number;
  maxAttempts: number;
  backoffRate: number;
  maxDelaySeconds: number;
  jitter: "FULL" | "NONE";
};

export type Catcher = Handover & { errorEquals: readonly string[]; next: string };

/** Retry and Catch, of the states that have them. */
export type Handling = { retry: readonly Retrier[]; catch: readonly Catcher[] };

export type PassState = Handover & { type: "Pass"; name: string; result: Json | undefined };

export type TaskResource =
  | { kind: "invoke"; waitForTaskToken: boolean }
  /** A function's ARN in `Resource`. */
  | { kind: "function"; arn: string };

export type TaskState = Handover &
  Handling & {
    type: "Task";
    name: string;
    resource: TaskResource;
    arguments: Template | undefined;
    timeoutSeconds: Template | undefined;
    heartbeatSeconds: Template | undefined;
  };

export type ChoiceRule = Handover & { condition: Template; next: string };

export type ChoiceState = Handover & { type: "Choice"; name: string; choices: readonly ChoiceRule[] };

export type WaitState = Handover & {
  type: "Wait";
  name: string;
  until: { kind: "seconds" | "timestamp"; template: Template };
};

export type SucceedState = Handover & { type: "Succeed"; name: string };

export type FailState = { type: "Fail"; name: string; error: Template | undefined; cause: Template | undefined };

export type ParallelState = Handover &
  Handling & { type: "Parallel"; name: string; arguments: Template | undefined; branches: readonly Flow[] };

export type MapState = Handover &
  Handling & {
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
