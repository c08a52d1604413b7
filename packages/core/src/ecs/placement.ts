import type { ObservedService } from "./observation.ts";

/** How long ECS may go on saying that it cannot place a task, while capacity may still come up. */
const waitLimitMilliseconds = 5 * 60_000;

const unplaced = /was unable to place a task/;
const started = /has started \d+ tasks?|has reached a steady state/;

/**
 * ECS's own words when it has been unable to place tasks for five minutes without starting any; undefined otherwise.
 *
 * @param since events of an earlier time are not looked at
 */
export function impossiblePlacement(service: ObservedService, since: Date, now: Date): string | undefined {
  const recent = service.events.filter(({ at }) => at >= since);
  const lastStart = recent.findIndex(({ message }) => started.test(message));
  const sinceStart = lastStart === -1 ? recent : recent.slice(0, lastStart);
  const refusals = sinceStart.filter(({ message }) => unplaced.test(message));
  const first = refusals.at(-1);
  if (first === undefined || now.getTime() - first.at.getTime() < waitLimitMilliseconds) return undefined;
  return refusals[0]?.message;
}
