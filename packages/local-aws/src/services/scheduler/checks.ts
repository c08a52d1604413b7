/** What EventBridge Scheduler demands of a schedule beyond the limits of single members. */
import type { CreateScheduleInput } from "@aws-sdk/client-scheduler";
import { AwsError } from "../../protocol/errors.ts";
import type { Parsed } from "../../protocol/service.ts";
import { isCron } from "../../world/schedule-expression.ts";

/**
 * @throws AwsError ValidationException
 * @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
 */
export function checkSchedule({ ScheduleExpression, FlexibleTimeWindow, Target }: Parsed<CreateScheduleInput>): void {
  if (![isAt, isRate, isCron].some((matches) => matches(ScheduleExpression))) {
    // https://github.com/localstack/localstack/issues/9284 quotes the message.
    throw invalid(`Invalid Schedule Expression ${ScheduleExpression}.`);
  }
  const { Mode, MaximumWindowInMinutes: minutes } = FlexibleTimeWindow;
  if ((Mode === "FLEXIBLE") !== (minutes !== undefined)) {
    throw invalid(
      "MaximumWindowInMinutes must be specified when, and only when, the mode of the time window is FLEXIBLE.",
    );
  }
  if (!/^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:\S+$/.test(Target.Arn)) {
    throw invalid("Provided Arn is not in correct format.");
  }
  const isCluster = /^arn:aws[a-z-]*:ecs:[^:]+:\d{12}:cluster\//.test(Target.Arn);
  if (isCluster !== (Target.EcsParameters !== undefined)) {
    throw invalid("EcsParameters must be specified when, and only when, the target is an ECS cluster.");
  }
}

/** Local time in the schedule's time zone: `at(2026-01-05T09:00:00)`. */
function isAt(expression: string): boolean {
  const [, time] = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/.exec(expression) ?? [];
  const date = new Date(`${time}.000Z`);
  // JavaScript accepts 30 February, as a day in March.
  return time !== undefined && !Number.isNaN(date.getTime()) && date.toISOString() === `${time}.000Z`;
}

/** Unlike EventBridge's rules, Scheduler accepts singular and plural with every value. */
function isRate(expression: string): boolean {
  return /^rate\([1-9]\d* (minute|hour|day)s?\)$/.test(expression);
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
