import { Branch } from "./branch.ts";
import type { ParallelState } from "../definition/model.ts";
import { StateError } from "../language/errors.ts";
import { evaluate, leave, type Outcome, type Visit } from "./visit.ts";
import { recordAborted, runFork, type ForkRules } from "./fork.ts";
import { withHandling } from "./error-handling.ts";

export async function runParallel(visit: Visit<ParallelState>): Promise<Outcome> {
  const { execution, branch } = visit;
  return withHandling(
    visit,
    async () => attempt(visit),
    () => execution.record(branch, "ParallelStateFailed"),
  );
}

async function attempt(visit: Visit<ParallelState>): Promise<Outcome> {
  const { execution, branch, position, state } = visit;
  const children = (position.resumed && position.children) || (await begin(visit));
  position.resumed = false;
  try {
    await runFork(visit, children, rules(visit));
    const last = branch.cursor;
    execution.record(branch, "ParallelStateSucceeded");
    branch.cursor = last;
    const result = children.map((child) => child.output);
    return await leave(visit, state, { result }, result);
  } catch (error) {
    // AWS runs all branches again when it was their output that was too large.
    if (error instanceof StateError && error.error === "States.DataLimitExceeded") position.children = undefined;
    throw error;
  }
}

async function begin(visit: Visit<ParallelState>): Promise<readonly Branch[]> {
  const { execution, branch, position, state } = visit;
  position.children = undefined;
  const input = state.arguments === undefined ? position.input : await evaluate(visit, state.arguments);
  execution.record(branch, "ParallelStateStarted");
  position.entering = false;
  position.children = state.branches.map((flow) => new Branch(flow, input, branch.variables, branch.item));
  return position.children;
}

function rules({ execution, branch, state }: Visit<ParallelState>): ForkRules {
  return {
    concurrency: state.branches.length,
    begun: () => undefined,
    succeeded: () => undefined,
    failed: (child, failure) => {
      // AWS records the Task that failed the branch as aborted too.
      if (child.position?.state.type === "Task") recordAborted(execution, branch, child, child.cursor);
      return failure;
    },
    aborted: () => undefined,
  };
}
