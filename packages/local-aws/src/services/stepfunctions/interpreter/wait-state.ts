import type { WaitState } from "../definition/model.ts";
import { parseTimestamp } from "../language/timestamp.ts";
import {
  evaluate,
  evaluateInteger,
  evaluationFailed,
  exitState,
  unexpectedType,
  type Outcome,
  type StateRun,
} from "./state-run.ts";

export async function runWait(stateRun: StateRun<WaitState>): Promise<Outcome> {
  const { execution, branch, position, state } = stateRun;
  const { clock } = execution.host.world;
  const until = await deadline(stateRun, clock.now());
  position.entering = false;
  await execution.activity.park<void>(branch.scope, ({ resolve }) => {
    const timer = clock.after(Math.max(0, until - clock.now()), resolve);
    return () => timer.cancel();
  });
  return exitState(stateRun, state, {}, position.input);
}

/** The end of the wait, in milliseconds since the epoch. A redriven Wait with `Seconds` waits for the full time again. */
async function deadline(stateRun: StateRun<WaitState>, now: number): Promise<number> {
  const { kind, template } = stateRun.state.until;
  if (kind === "seconds") return now + 1000 * ((await evaluateInteger(stateRun, template, 0)) ?? 0);
  const value = await evaluate(stateRun, template);
  if (typeof value !== "string") throw unexpectedType(stateRun, template, "string", value);
  const time = parseTimestamp(value);
  if (time !== undefined) return time;
  stateRun.position.entering = false;
  throw evaluationFailed(
    stateRun,
    `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${value}`,
    "Timestamp",
  );
}
