import type { ChoiceState } from "../definition/model.ts";
import { stateProblem } from "../language/errors.ts";
import { evaluate, leave, unexpectedType, type Outcome, type Visit } from "./visit.ts";

/** The first rule whose condition is true decides, else the default. */
export async function runChoice(visit: Visit<ChoiceState>): Promise<Outcome> {
  const { position, state } = visit;
  for (const rule of state.choices) {
    const holds = await evaluate(visit, rule.condition);
    if (typeof holds !== "boolean") throw unexpectedType(visit, rule.condition, "boolean", holds);
    if (holds) return leave(visit, rule, {}, position.input);
  }
  if (state.next === undefined)
    throw stateProblem(
      "States.Runtime",
      state.name,
      position.enteredEventId,
      "Failed to transition out of the state. The state does not point to a next state.",
    );
  return leave(visit, state, {}, position.input);
}
