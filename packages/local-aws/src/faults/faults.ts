import type { Clock } from "../clock/clock.ts";
import type { LambdaRuntime } from "../lambda/runtime.ts";
import type { Around } from "../protocol/dispatch.ts";
import type { StepFunctions } from "../services/stepfunctions/stepfunctions.ts";
import type { World } from "../world/world.ts";
import { isCallFault } from "../scenario/fault-rules.ts";
import type { CallFault, Fault } from "../scenario/fault-rules.ts";
import { stopExecutions } from "./stops.ts";
import { injectIntoCall } from "./inject-into-call.ts";
import { injectIntoInvocation } from "./inject-into-invocation.ts";
import { createInjections } from "./injections.ts";

export type FaultsWorld = { clock: Clock; lambda: Pick<LambdaRuntime, "invoke" | "parkReply" | "kill"> };

/** What a scenario has go wrong between functions and AWS. */
export type Faults = {
  /** Lets calls of functions meet their faults, before `inner` sees them. */
  around(inner?: Around): Around;
  /** Step Functions' way to the functions. */
  invoke: World["invoke"];
  /** How old what DescribeExecution tells is. */
  staleMs: number;
  /** Begins to stop executions. */
  watch(stepFunctions: Pick<StepFunctions, "onEvent" | "stop">): void;
  /** The scenario's faults, in its order, and whether each has struck: one that hasn't was addressed to nobody. */
  report(): readonly { fault: Fault; injected: boolean }[];
};

export function createFaults(world: FaultsWorld, faults: readonly Fault[]): Faults {
  const injections = createInjections(faults.filter(isCallFault));
  const stops = faults.filter((fault) => fault.kind === "stop");
  const stale = faults.filter((fault) => fault.kind === "stale");
  let stopped: ReadonlySet<Fault> = new Set();
  let invocations = 0;

  function invocationFault(functionNameOrArn: string): CallFault | undefined {
    const functionName = functionNameOrArn.split(":").at(-1) ?? functionNameOrArn;
    invocations += 1;
    const invocation = `invocation ${invocations}`;
    const subject = { functionName, invocation, logicalCall: invocation, service: "lambda", operation: "Invoke" };
    return injections.meet(subject, world.clock.now());
  }

  return {
    around:
      (inner = (_, run) => run()) =>
      async (call, run, park) => {
        const { caller, service, operation, logicalCall = call.requestId } = call;
        const through = () => inner(call, run, park);
        if (caller.kind !== "function") return await through();
        const { functionName, invocationId: invocation } = caller;
        const subject = { functionName, invocation, service, operation, logicalCall: `${invocation} ${logicalCall}` };
        const fault = injections.meet(subject, world.clock.now());
        return fault === undefined ? await through() : await injectIntoCall(world, fault, call, through, park);
      },
    invoke: async (functionNameOrArn, payload) => {
      const run = () => world.lambda.invoke(functionNameOrArn, payload);
      const fault = invocationFault(functionNameOrArn);
      return fault === undefined ? await run() : await injectIntoInvocation(world.clock, fault, run);
    },
    staleMs: Math.max(0, ...stale.map(({ seconds }) => seconds * 1000)),
    watch(stepFunctions) {
      stopped = stopExecutions(world.clock, stepFunctions, stops);
    },
    report: () =>
      faults.map((fault) => {
        const injected =
          fault.kind === "stale" || stopped.has(fault) || (isCallFault(fault) && injections.injected.has(fault));
        return { fault, injected };
      }),
  };
}
