import type { WaitState } from "../definition/model.ts";
import {
  evaluate,
  evaluateInteger,
  evaluationFailed,
  leave,
  unexpectedType,
  type Outcome,
  type Visit,
} from "../visit.ts";

/** ISO 8601 with an offset, as Java's `ISO_OFFSET_DATE_TIME` takes it. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

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
  const time = TIMESTAMP.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  visit.position.entering = false;
  throw evaluationFailed(
    visit,
    `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${value}`,
    "Timestamp",
  );
}
