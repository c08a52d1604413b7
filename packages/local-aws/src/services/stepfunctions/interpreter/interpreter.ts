import type { HistoryEventType } from "@aws-sdk/client-sfn";
import type { Branch, Position } from "./branch.ts";
import type { Execution } from "./execution.ts";
import { stateProblem } from "../language/errors.ts";
import { WHOLE } from "./history.ts";
import { jsonText, type Json } from "../language/json.ts";
import { runChoice } from "./choice-state.ts";
import { runFail } from "./fail-state.ts";
import { runMap } from "./map-state.ts";
import { runParallel } from "./parallel-state.ts";
import { runTask } from "./task-state.ts";
import { runWait } from "./wait-state.ts";
import { exitState, type Outcome } from "./state-run.ts";

/**
 * Runs a branch from its current state to its end, and returns its output.
 *
 * @throws StateError the branch's uncaught error
 * @throws Aborted when the branch is aborted
 */
export async function runBranch(execution: Execution, branch: Branch): Promise<Json> {
  branch.scope.throwIfAborted();
  branch.position ??= enterState(execution, branch, branch.flow.startAt, branch.input);
  for (;;) {
    const outcome = await runState(execution, branch, branch.position);
    if (outcome.next === undefined) {
      branch.position = undefined;
      branch.output = outcome.output;
      return outcome.output;
    }
    branch.position = enterState(execution, branch, outcome.next, outcome.output);
  }
}

function enterState(execution: Execution, branch: Branch, name: string, input: Json): Position {
  const state = branch.flow.states.get(name);
  // Does not happen: the definition was validated, and every target exists.
  if (state === undefined) throw stateProblem("States.Runtime", name, branch.cursor, "The state does not exist.");
  const beforeEntering = branch.cursor;
  const type: HistoryEventType = `${state.type}StateEntered`;
  const enteredEventId = execution.record(branch, type, {
    stateEnteredEventDetails: { name, input: jsonText(input), inputDetails: WHOLE },
  });
  execution.stateTransitions += 1;
  return {
    state,
    input,
    enteredEventId,
    enteredAt: execution.host.world.clock.now(),
    beforeEntering,
    entering: true,
    retryCount: 0,
    children: undefined,
    resumed: false,
  };
}

async function runState(execution: Execution, branch: Branch, position: Position): Promise<Outcome> {
  const { state, input } = position;
  const stateRun = { execution, branch, position };
  if (position.resumed) position.entering = false;
  switch (state.type) {
    case "Pass":
      return exitState({ ...stateRun, state }, state, {}, state.result ?? input);
    case "Succeed":
      return exitState({ ...stateRun, state }, state, {}, input);
    case "Task":
      return runTask({ ...stateRun, state });
    case "Choice":
      return runChoice({ ...stateRun, state });
    case "Wait":
      return runWait({ ...stateRun, state });
    case "Fail":
      return runFail({ ...stateRun, state });
    case "Parallel":
      return runParallel({ ...stateRun, state });
    case "Map":
      return runMap({ ...stateRun, state });
  }
}
