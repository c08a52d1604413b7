import type { MapState, ParallelState, TaskState } from "../definition/model.ts";
import { StateError } from "../language/errors.ts";
import { findCatcher, RetryCounter } from "../definition/matching.ts";
import { leave, type Outcome, type Visit } from "./visit.ts";

type HandledState = TaskState | ParallelState | MapState;

/**
 * Attempts a state until it succeeds, its retriers give up or its error matches none of them; then looks for a Catch.
 *
 * @param logAbandoned called when no attempt follows, before a Catch is looked for
 * @throws StateError the last attempt's, uncaught
 */
export async function withHandling(
  visit: Visit<HandledState>,
  attempt: () => Promise<Outcome>,
  logAbandoned?: () => void,
): Promise<Outcome> {
  const { execution, position, state } = visit;
  const retries = new RetryCounter(state.retry);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      const delayMs = retries.next(error, () => execution.host.world.random());
      if (delayMs === undefined) {
        logAbandoned?.();
        return await catchError(visit, error);
      }
      await pause(visit, delayMs);
      execution.stateTransitions += 1;
      position.retryCount = retries.total;
    }
  }
}

async function pause({ execution, branch, position }: Visit, delayMs: number): Promise<void> {
  position.entering = false;
  await execution.activity.park<void>(branch.lifeline, ({ resolve }) => {
    const timer = execution.host.world.clock.after(delayMs, resolve);
    return () => timer.cancel();
  });
}

async function catchError(visit: Visit<HandledState>, failure: StateError): Promise<Outcome> {
  const catcher = findCatcher(visit.state.catch, failure);
  if (catcher === undefined) throw failure;
  const errorOutput = failure.toOutput();
  return leave(visit, catcher, { errorOutput }, errorOutput);
}
