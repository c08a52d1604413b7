import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { randomSequence } from "../../world/random.ts";
import { virtualClock, type VirtualClock } from "../../clock/virtual-clock.ts";
import type { InvocationResult, ServiceEvent, World } from "../../world/world.ts";
import { createStepFunctions, type ExecutionView, type StepFunctions } from "./stepfunctions.ts";

/** Answers an invocation; what it throws is the function's failure. */
export type StubFunction = (payload: never, invocation: { count: number; clock: VirtualClock }) => unknown;

/** A failure as a function ends with it. */
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
  /** Everything that was handed to EventBridge. */
  emitted: readonly ServiceEvent[];
  call: (operation: string, input: object) => Promise<unknown>;
  /** Creates a machine of the given states in JSONata and starts it; gives the execution's ARN. */
  start: (states: object, options?: StartOptions) => Promise<string>;
  /** The same, until it has ended. */
  run: (states: object, options?: StartOptions) => Promise<ExecutionView>;
  /** Lets time pass until the execution has ended. */
  ended: (arn: string) => Promise<ExecutionView>;
};

export type StartOptions = { input?: unknown; name?: string; timeoutSeconds?: number };

function invoker(functions: Readonly<Record<string, StubFunction>>, clock: VirtualClock): World["invoke"] {
  const counts = new Map<string, number>();
  return async (name, payload): Promise<InvocationResult> => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    try {
      // The parameter is `never` so that tests can say what they expect; the payload is whatever the machine made.
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

/** Step Functions on a virtual clock with stub functions, named as `FunctionName` does. */
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
    stepFunctions.service.operations[operation]?.handle(input, {
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
    await call("CreateStateMachine", { name: machine, roleArn: "arn:role", definition: JSON.stringify(definition) });
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
  throw new Error("The test has no such function");
}

/** A Task that invokes `functionName` with `payload` and ends the flow unless `more` says otherwise. */
export function invokeTask(functionName: string, payload: unknown = {}, more: object = { End: true }): object {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Arguments: { FunctionName: functionName, Payload: payload },
    Output: "{% $states.result.Payload %}",
    ...more,
  };
}

/** A Task that hands its token to `functionName` and waits for it. */
export function tokenTask(functionName: string, more: object = {}): object {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
    Arguments: { FunctionName: functionName, Payload: { token: "{% $states.context.Task.Token %}" } },
    End: true,
    ...more,
  };
}

/** Types of the events, the ones that every execution has left out. */
export function eventTypes({ history }: { history: readonly HistoryEvent[] }): readonly string[] {
  return history.map(({ type }) => String(type));
}
