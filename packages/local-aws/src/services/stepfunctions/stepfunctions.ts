import type { LocalService } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { stepFunctionsAccess } from "./access.ts";
import { stepFunctionsConstraints } from "./constraints.ts";
import type { ExecutionStatus } from "./interpreter/execution.ts";
import type { RecordedEvent } from "./interpreter/history.ts";
import { StateError } from "./language/errors.ts";
import { executionControl } from "./operations/control.ts";
import { executionReads } from "./operations/executions.ts";
import { machineOperations } from "./operations/machines.ts";
import { tokenOperations } from "./operations/tokens.ts";
import { Store, type EventListener, type StoreOptions } from "./operations/store.ts";

/** The current state of an execution. */
export type ExecutionView = {
  status: ExecutionStatus;
  /** JSON text, as in DescribeExecution. */
  input: string;
  output: string | undefined;
  error: string | undefined;
  cause: string | undefined;
  /** In milliseconds since the epoch. */
  startedAt: number;
  stoppedAt: number | undefined;
  redriveCount: number;
  history: readonly RecordedEvent[];
  /** State transitions as AWS bills them for Standard workflows: one for each entered state, retry and redrive. */
  stateTransitions: number;
};

export type StepFunctions = {
  service: LocalService;
  /**
   * Calls `listener` with every history event when it is recorded. The listener must not throw.
   *
   * @returns ends the subscription
   */
  onEvent(listener: EventListener): () => void;
  /** @throws AwsError `ExecutionDoesNotExist`, `InvalidArn` */
  execution(arn: string): ExecutionView;
  /** Stops an execution as StopExecution does. Idempotent. @throws AwsError as `execution` */
  stop(arn: string, reason: { error: string; cause: string }): void;
};

/**
 * Step Functions' Standard workflows in JSONata. CreateStateMachine refuses a definition with other features.
 *
 * Executions run in-process on the world's clock. They hold the clock while they compute, but not while they wait for a
 * Wait, a token or a function.
 */
export function createStepFunctions(world: World, options: StoreOptions = {}): StepFunctions {
  const store = new Store(world, options);
  return {
    service: {
      name: "states",
      api: {
        protocol: "json",
        targetPrefix: "AWSStepFunctions",
        jsonVersion: "1.0",
        constraints: stepFunctionsConstraints,
        operations: {
          ...machineOperations(store),
          ...executionReads(store),
          ...executionControl(store),
          ...tokenOperations(store),
        },
      },
      access: stepFunctionsAccess,
    },
    onEvent: (listener) => store.onEvent(listener),
    execution(arn) {
      const execution = store.execution(arn);
      const { status, input, output, error, cause, startedAt, stoppedAt, redriveCount, stateTransitions } = execution;
      const { events: history } = execution.history;
      return { status, input, output, error, cause, startedAt, stoppedAt, redriveCount, stateTransitions, history };
    },
    stop(arn, { error, cause }) {
      const execution = store.execution(arn);
      if (execution.status === "RUNNING") execution.stop(new StateError(error, cause));
    },
  };
}
