import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { randomSequence } from "../../world/random.ts";
import { virtualClock, type VirtualClock } from "../../clock/virtual-clock.ts";
import { operationOf } from "../../protocol/wire.fixture.ts";
import type { InvocationResult, ServiceEvent, World } from "../../world/world.ts";
import { createStepFunctions, type ExecutionView, type StepFunctions } from "./stepfunctions.ts";

/** Answers an invocation. A FunctionError that it throws is the function's failure. */
export type StubFunction = (payload: never, invocation: { count: number; clock: VirtualClock }) => unknown;

/** The failure of a function. */
export class FunctionError extends Error {
  readonly errorType: string;

  constructor(errorType: string, message = "") {
    super(message);
    this.errorType = errorType;
  }
}

export type Rig = {
  clock: VirtualClock;
  stepFunctions: StepFunctions;
  /** All events that were emitted to EventBridge. */
  emitted: readonly ServiceEvent[];
  call: (operation: string, input: object) => Promise<unknown>;
  /** Creates a state machine of the given states in JSONata and starts it. @returns the execution's ARN */
  start: (states: object, options?: StartOptions) => Promise<string>;
  /** Like `start`, and waits until the execution has ended. */
  run: (states: object, options?: StartOptions) => Promise<ExecutionView>;
  /** Advances the clock until the execution has ended. */
  ended: (arn: string) => Promise<ExecutionView>;
};

export type StartOptions = { input?: unknown; name?: string; timeoutSeconds?: number };

function invoker(functions: Readonly<Record<string, StubFunction>>, clock: VirtualClock): World["invoke"] {
  const counts = new Map<string, number>();
  return async (name, payload): Promise<InvocationResult> => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    try {
      // The parameter has the type `never` so that tests can declare their own payload types.
      const result: unknown = await Reflect.apply(functions[name] ?? missing, undefined, [payload, { count, clock }]);
      return { ok: true, payload: result, durationMs: 0 };
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error;
      return {
        ok: false,
        error: { errorType: error.errorType, errorMessage: error.message, trace: [] },
        durationMs: 0,
      };
    }
  };
}

/** Step Functions on a virtual clock, with stub functions by their `FunctionName`. */
export function rig(functions: Readonly<Record<string, StubFunction>> = {}): Rig {
  const clock = virtualClock();
  const emitted: ServiceEvent[] = [];
  const world: World = {
    clock,
    region: "us-east-1",
    accountId: "111122223333",
    random: randomSequence(1),
    emit: (event) => void emitted.push(event),
    log: () => undefined,
    invoke: invoker(functions, clock),
  };
  const stepFunctions = createStepFunctions(world);
  const call = async (operation: string, input: object): Promise<unknown> =>
    operationOf(stepFunctions.service, operation).handle(input, {
      service: "states",
      operation,
      requestId: "1",
      caller: { kind: "outside", accessKeyId: "test" },
    });
  let machines = 0;
  const start: Rig["start"] = async (states, { input = {}, name = "run", timeoutSeconds } = {}) => {
    machines += 1;
    const [startAt] = Object.keys(states);
    const definition = { QueryLanguage: "JSONata", StartAt: startAt, States: states, TimeoutSeconds: timeoutSeconds };
    const machine = `machine-${machines}`;
    await call("CreateStateMachine", {
      name: machine,
      roleArn: "arn:aws:iam::111122223333:role/machine",
      definition: JSON.stringify(definition),
    });
    const stateMachineArn = `arn:aws:states:us-east-1:111122223333:stateMachine:${machine}`;
    await call("StartExecution", { stateMachineArn, name, input: JSON.stringify(input) });
    return `arn:aws:states:us-east-1:111122223333:execution:${machine}:${name}`;
  };
  const ended: Rig["ended"] = async (arn) => {
    await clock.runUntil(() => stepFunctions.execution(arn).status !== "RUNNING");
    return stepFunctions.execution(arn);
  };
  return {
    clock,
    stepFunctions,
    emitted,
    call,
    start,
    ended,
    run: async (states, options) => ended(await start(states, options)),
  };
}

function missing(): never {
  throw new Error("The test defines no function with this name");
}

/** A Task that invokes `functionName` with `payload`. By default it ends the flow. */
export function invokeTask(functionName: string, payload: unknown = {}, more: object = { End: true }): object {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Arguments: { FunctionName: functionName, Payload: payload },
    Output: "{% $states.result.Payload %}",
    ...more,
  };
}

/** A Task that passes its token to `functionName` and waits for the token. */
export function tokenTask(functionName: string, more: object = {}): object {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
    Arguments: { FunctionName: functionName, Payload: { token: "{% $states.context.Task.Token %}" } },
    End: true,
    ...more,
  };
}

/** The types of an execution's events. */
export function eventTypes({ history }: { history: readonly HistoryEvent[] }): readonly string[] {
  return history.map(({ type }) => String(type));
}
