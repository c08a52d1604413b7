import { Branch } from "./branch.ts";
import type { ParallelState } from "../definition/model.ts";
import { StateError } from "../language/errors.ts";
import { checkSize, evaluate, exitState, type Outcome, type StateRun } from "./state-run.ts";
import { recordAborted, runFork, type ForkRules } from "./fork.ts";
import { withErrorHandling } from "./error-handling.ts";

export async function runParallel(stateRun: StateRun<ParallelState>): Promise<Outcome> {
  const { execution, branch } = stateRun;
  return withErrorHandling(
    stateRun,
    async () => attempt(stateRun),
    () => execution.record(branch, "ParallelStateFailed"),
  );
}

async function attempt(stateRun: StateRun<ParallelState>): Promise<Outcome> {
  const { execution, branch, position, state } = stateRun;
  const children = (position.resumed && position.children) || (await begin(stateRun));
  position.resumed = false;
  try {
    await runFork(stateRun, children, rules(stateRun));
    const last = branch.cursor;
    execution.record(branch, "ParallelStateSucceeded");
    branch.cursor = last;
    const result = children.map((child) => child.output);
    checkSize(result, state.name);
    return await exitState(stateRun, state, { result }, result);
  } catch (error) {
    // When the output of the Parallel was too large, a redrive at AWS runs all branches again.
    if (error instanceof StateError && error.error === "States.DataLimitExceeded") position.children = undefined;
    throw error;
  }
}

async function begin(stateRun: StateRun<ParallelState>): Promise<readonly Branch[]> {
  const { execution, branch, position, state } = stateRun;
  position.children = undefined;
  const input = state.arguments === undefined ? position.input : await evaluate(stateRun, state.arguments);
  checkSize(input, state.name);
  execution.record(branch, "ParallelStateStarted");
  position.entering = false;
  position.children = state.branches.map((flow) => new Branch(flow, input, branch.variables, branch.item));
  return position.children;
}

function rules({ execution, branch, state }: StateRun<ParallelState>): ForkRules {
  return {
    concurrency: state.branches.length,
    begun: () => undefined,
    succeeded: () => undefined,
    failed: (child, failure) => {
      // AWS also records the Task that failed the branch as aborted.
      if (child.position?.state.type === "Task") recordAborted(execution, branch, child, child.cursor);
      return failure;
    },
    aborted: () => undefined,
  };
}
