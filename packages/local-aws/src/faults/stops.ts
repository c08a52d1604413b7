import type { Clock } from "../clock/clock.ts";
import type { StepFunctions } from "../services/stepfunctions/stepfunctions.ts";
import type { StopFault } from "../scenario/fault-rules.ts";

/** Stops executions as the faults define. @returns the faults that were injected so far */
export function stopExecutions(
  clock: Clock,
  stepFunctions: Pick<StepFunctions, "onEvent" | "stop">,
  faults: readonly StopFault[],
): ReadonlySet<StopFault> {
  const entries = new Map<string, number>();
  const injected = new Set<StopFault>();
  stepFunctions.onEvent((executionArn, { stateEnteredEventDetails }) => {
    const state = stateEnteredEventDetails?.name;
    if (state === undefined) return;
    const entry = (entries.get(state) ?? 0) + 1;
    entries.set(state, entry);
    for (const fault of faults.filter((fault) => fault.state === state && fault.occurrence === entry)) {
      // Not at once: Step Functions is just entering the state.
      clock.after(fault.seconds * 1000, () => {
        injected.add(fault);
        stepFunctions.stop(executionArn, { error: "Scenario", cause: `The scenario stops the execution at ${state}.` });
      });
    }
  });
  return injected;
}
