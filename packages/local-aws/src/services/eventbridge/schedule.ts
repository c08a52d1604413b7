import type { Timer } from "../../clock/clock.ts";
import { notInLocalAws } from "../../protocol/errors.ts";
import { isCron } from "../../world/schedule-expression.ts";
import { type Bus, type BusWorld, envelope } from "./bus.ts";
import { invalid } from "./errors.ts";
import type { Rule } from "./state.ts";

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/**
 * The period of `rate(5 minutes)` in milliseconds. A value of 1 requires the singular unit, other values the plural.
 *
 * @throws AwsError ValidationException; NotInLocalAws for a valid cron expression
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export function rateMs(expression: string): number {
  if (isCron(expression)) throw notInLocalAws(`the schedule '${expression}'`);
  const { value, unit, plural } =
    /^rate\((?<value>[1-9]\d*) (?<unit>minute|hour|day)(?<plural>s?)\)$/.exec(expression)?.groups ?? {};
  const isUnit = unit === "minute" || unit === "hour" || unit === "day";
  if (!isUnit || (value === "1") !== (plural === "")) throw invalid("Parameter ScheduleExpression is not valid.");
  return Number(value) * unitMs[unit];
}

/** Runs the rules that have a schedule. The first run is one period after PutRule. */
export type Schedules = {
  /** Starts a rule's schedule and ends the earlier schedule of a rule with the same name. */
  put(rule: Rule): void;
  /** Ends all schedules. */
  close: () => void;
};

/** @param send invokes the targets of a rule */
export function createSchedules(world: BusWorld, send: Bus["send"]): Schedules {
  const timers = new Map<string, Timer>();

  function scheduleNext(rule: Rule, periodMs: number): void {
    const run = (): void => {
      scheduleNext(rule, periodMs);
      if (rule.enabled) send(rule, envelope(world, scheduledEvent(rule)));
    };
    timers.set(rule.name, world.clock.after(periodMs, run));
  }

  return {
    put(rule) {
      timers.get(rule.name)?.cancel();
      timers.delete(rule.name);
      if (rule.schedule !== undefined) scheduleNext(rule, rateMs(rule.schedule));
    },
    close: () => timers.forEach((timer) => timer.cancel()),
  };
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-eventbridge-scheduled.html */
const scheduledEvent = (rule: Rule) => ({
  source: "aws.events",
  detailType: "Scheduled Event",
  resources: [rule.arn],
  detail: {},
});
