import type { LocalService } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import type { ExecutionStatus } from "./interpreter/execution.ts";
import type { RecordedEvent } from "./interpreter/history.ts";
import { StateError } from "./language/errors.ts";
import { executionControl } from "./operations/control.ts";
import { executionReads } from "./operations/executions.ts";
import { machineOperations } from "./operations/machines.ts";
import { tokenOperations } from "./operations/tokens.ts";
import { Store, type EventListener, type StoreOptions } from "./operations/store.ts";

/** An execution as it stands. */
export type ExecutionView = {
  status: ExecutionStatus;
  /** JSON text, as DescribeExecution answers it. */
  input: string;
  output: string | undefined;
  error: string | undefined;
  cause: string | undefined;
  /** In milliseconds since the epoch. */
  startedAt: number;
  stoppedAt: number | undefined;
  redriveCount: number;
  history: readonly RecordedEvent[];
  /** As AWS bills Standard workflows: every state entered, every retry, every redrive. */
  stateTransitions: number;
};

export type StepFunctions = {
  /** The operations at the wire. */
  service: LocalService;
  /**
   * Calls `listener` with every history event at the moment it is recorded. It must not throw.
   *
   * @returns ends the subscription
   */
  onEvent(listener: EventListener): () => void;
  /** @throws AwsError `ExecutionDoesNotExist`, `InvalidArn` */
  execution(arn: string): ExecutionView;
  /** Stops an execution as StopExecution does. One that has ended stays as it is. @throws AwsError as `execution` */
  stop(arn: string, reason: { error: string; cause: string }): void;
};

/**
 * Step Functions' Standard workflows in JSONata. A definition that needs more is refused when it is created.
 *
 * Executions run in-process on the world's clock and hold it while they compute; nothing is held while a Wait, a token
 * or a function is waited for.
 */
export function createStepFunctions(world: World, options: StoreOptions = {}): StepFunctions {
  const store = new Store(world, options);
  return {
    service: {
      name: "states",
      targetPrefix: "AWSStepFunctions",
      jsonVersion: "1.0",
      operations: {
        ...machineOperations(store),
        ...executionReads(store),
        ...executionControl(store),
        ...tokenOperations(store),
      },
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
