import type { LocalService } from "../../protocol/service.ts";
import type { World } from "../../world.ts";
import type { ExecutionStatus } from "./execution.ts";
import type { RecordedEvent } from "./history.ts";
import { executionControl } from "./operations/control.ts";
import { executionReads } from "./operations/executions.ts";
import { machineOperations } from "./operations/machines.ts";
import { tokenOperations } from "./operations/tokens.ts";
import { Store, type EventListener } from "./store.ts";

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
};

/**
 * Step Functions' Standard workflows in JSONata. A definition that needs more is refused when it is created.
 *
 * Executions run in-process on the world's clock and hold it while they compute; nothing is held while a Wait, a token
 * or a function is waited for.
 *
 * @param onDefect is told of a bug of the interpreter; the execution fails, too
 */
export function createStepFunctions(
  world: World,
  onDefect: (error: unknown, where: string) => void = () => undefined,
): StepFunctions {
  const store = new Store(world, onDefect);
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
  };
}
