import type { WaitState } from "../definition/model.ts";
import { parseTimestamp } from "../language/timestamp.ts";
import {
  evaluate,
  evaluateInteger,
  evaluationFailed,
  leave,
  unexpectedType,
  type Outcome,
  type Visit,
} from "./visit.ts";

export async function runWait(visit: Visit<WaitState>): Promise<Outcome> {
  const { execution, branch, position, state } = visit;
  const { clock } = execution.host.world;
  const until = await deadline(visit, clock.now());
  position.entering = false;
  await execution.activity.park<void>(branch.lifeline, ({ resolve }) => {
    const timer = clock.after(Math.max(0, until - clock.now()), resolve);
    return () => timer.cancel();
  });
  return leave(visit, state, {}, position.input);
}

/** In milliseconds since the epoch. A redriven Wait of seconds waits them all again. */
async function deadline(visit: Visit<WaitState>, now: number): Promise<number> {
  const { kind, template } = visit.state.until;
  if (kind === "seconds") return now + 1000 * ((await evaluateInteger(visit, template, 0)) ?? 0);
  const value = await evaluate(visit, template);
  if (typeof value !== "string") throw unexpectedType(visit, template, "string", value);
  const time = parseTimestamp(value);
  if (time !== undefined) return time;
  visit.position.entering = false;
  throw evaluationFailed(
    visit,
    `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${value}`,
    "Timestamp",
  );
}
