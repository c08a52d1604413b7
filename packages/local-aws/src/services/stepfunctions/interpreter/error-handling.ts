import type { MapState, ParallelState, TaskState } from "../definition/model.ts";
import { StateError } from "../language/errors.ts";
import { findCatcher, RetryCounter } from "../definition/matching.ts";
import { exitState, type Outcome, type StateRun } from "./state-run.ts";

type HandledState = TaskState | ParallelState | MapState;

/**
 * Runs a state's attempts until one succeeds or no retrier allows another attempt. Then applies a matching Catch.
 *
 * @param recordFailed called when no further attempt follows, before the search for a Catch
 * @throws StateError the last attempt's error, when no Catch matches
 */
export async function withErrorHandling(
  stateRun: StateRun<HandledState>,
  attempt: () => Promise<Outcome>,
  recordFailed?: () => void,
): Promise<Outcome> {
  const { execution, position, state } = stateRun;
  const retries = new RetryCounter(state.retry);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      const delayMs = retries.next(error, () => execution.host.world.random());
      if (delayMs === undefined) {
        recordFailed?.();
        return await catchError(stateRun, error);
      }
      await pause(stateRun, delayMs);
      execution.stateTransitions += 1;
      position.retryCount = retries.total;
    }
  }
}

async function pause({ execution, branch, position }: StateRun, delayMs: number): Promise<void> {
  position.entering = false;
  await execution.activity.park<void>(branch.scope, ({ resolve }) => {
    const timer = execution.host.world.clock.after(delayMs, resolve);
    return () => timer.cancel();
  });
}

async function catchError(stateRun: StateRun<HandledState>, failure: StateError): Promise<Outcome> {
  const catcher = findCatcher(stateRun.state.catch, failure);
  if (catcher === undefined) throw failure;
  const errorOutput = failure.toOutput();
  return exitState(stateRun, catcher, { errorOutput }, errorOutput);
}
