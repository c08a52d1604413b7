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

/** Injects a scenario's faults between functions and AWS. */
export type Faults = {
  /** Injects faults into calls of functions. Calls without a fault go to `inner`. */
  around(inner?: Around): Around;
  /** Invokes functions for Step Functions, with faults. */
  invoke: World["invoke"];
  /** Delay in milliseconds after which DescribeExecution shows a change. */
  staleMs: number;
  /** Starts to inject the faults that stop executions. */
  watch(stepFunctions: Pick<StepFunctions, "onEvent" | "stop">): void;
  /** The scenario's faults in order, and whether each was injected: no call matched a fault that was not injected. */
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
    const injectable = { functionName, invocation, logicalCall: invocation, service: "lambda", operation: "Invoke" };
    return injections.faultOf(injectable, world.clock.now());
  }

  return {
    around:
      (inner = (_, run) => run()) =>
      async (call, run, park) => {
        const { caller, service, operation, logicalCall = call.requestId } = call;
        const proceed = () => inner(call, run, park);
        if (caller.kind !== "function") return await proceed();
        const { functionName, invocationId: invocation } = caller;
        const injectable = {
          functionName,
          invocation,
          service,
          operation,
          logicalCall: `${invocation} ${logicalCall}`,
        };
        const fault = injections.faultOf(injectable, world.clock.now());
        return fault === undefined ? await proceed() : await injectIntoCall(world, fault, call, proceed, park);
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
