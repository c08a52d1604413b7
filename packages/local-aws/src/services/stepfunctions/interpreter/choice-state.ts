import type { ChoiceState } from "../definition/model.ts";
import { stateProblem } from "../language/errors.ts";
import { evaluate, exitState, unexpectedType, type Outcome, type StateRun } from "./state-run.ts";

/** The first rule whose condition is true applies, otherwise the default. */
export async function runChoice(stateRun: StateRun<ChoiceState>): Promise<Outcome> {
  const { position, state } = stateRun;
  for (const rule of state.choices) {
    const holds = await evaluate(stateRun, rule.condition);
    if (typeof holds !== "boolean") throw unexpectedType(stateRun, rule.condition, "boolean", holds);
    if (holds) return exitState(stateRun, rule, {}, position.input);
  }
  if (state.next === undefined)
    throw stateProblem(
      "States.Runtime",
      state.name,
      position.enteredEventId,
      "Failed to transition out of the state. The state does not point to a next state.",
    );
  return exitState(stateRun, state, {}, position.input);
}
