import type { Validated } from "../validation.fixture.ts";

const schedule = {
  Name: "nightly",
  ScheduleExpression: "rate(1 day)",
  FlexibleTimeWindow: { Mode: "OFF" },
  Target: {
    Arn: "arn:aws:ecs:us-east-1:111122223333:cluster/shop",
    RoleArn: "arn:aws:iam::111122223333:role/nightly",
    EcsParameters: { TaskDefinitionArn: "arn:aws:ecs:us-east-1:111122223333:task-definition/shop" },
  },
};

const expressions = {
  "no error": [
    "at(2026-01-05T09:00:00)",
    "at(2028-02-29T23:59:59)",
    "rate(1 hour)",
    "rate(1 hours)",
    "rate(90 days)",
    "cron(0 9 * * ? *)",
    "cron(0 9 ? * MON-FRI 2026-2027)",
    // https://github.com/localstack/localstack/issues/13572
    "cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)",
    "cron(1-31/30 1-1 ? * 1,7 *)",
    "cron(15 10 L * ? *)",
    "cron(15 10 15W JAN,jul ? *)",
    "cron(15 10 ? * 6#3 *)",
    "cron(15 10 ? * FRIL *)",
    "cron(0/5 8-17 ? * MON-FRI *)",
  ],
  ValidationException: [
    "daily",
    "at(2026-02-30T09:00:00)",
    "at(2026-01-05 09:00:00)",
    "at(2026-01-05T09:00:00Z)",
    "at(2026-01-05T24:00:00)",
    "rate(0 minutes)",
    "rate(1.5 hours)",
    "rate(5 weeks)",
    "rate(5minutes)",
    "Rate(5 minutes)",
    "cron(0 9 * * *)",
    "cron(0 9 * * * *)",
    "cron(0 9 ? * ? *)",
    "cron(60 9 * * ? *)",
    "cron(0 24 * * ? *)",
    "cron(0 9 32 * ? *)",
    "cron(0 9 0 * ? *)",
    "cron(0 9 * 13 ? *)",
    "cron(0 9 ? * 0 *)",
    "cron(0 9 ? * 8 *)",
    "cron(0 9 ? * MON#6 *)",
    "cron(0 9 * * ? 1969)",
    "cron(0 9 * * ? 2200)",
    "cron(*/60 * * * ? *)",
    "cron(0/0 * * * ? *)",
    "cron(0, 9 * * ? *)",
    "cron(7 20 * * 1-7 *)",
    "cron(0/5, 9-18, ?, *, MON-FRI, *)",
  ],
};

export const validatedScheduler: Validated = {
  errors: ["ValidationException"],
  setUp: [["CreateSchedule", schedule]],
  free: [],
  absent: [
    ["CreateSchedule", schedule, "ConflictException"],
    ["GetSchedule", { Name: "none" }, "ResourceNotFoundException"],
    ...Object.entries(expressions).flatMap(([error, texts]) =>
      texts.map((ScheduleExpression) => ["CreateSchedule", { ScheduleExpression }, error] as const),
    ),
    ["CreateSchedule", { FlexibleTimeWindow: { Mode: "FLEXIBLE" } }, "ValidationException"],
    ["CreateSchedule", { FlexibleTimeWindow: { Mode: "OFF", MaximumWindowInMinutes: 5 } }, "ValidationException"],
    ["CreateSchedule", { Target: { ...schedule.Target, EcsParameters: undefined } }, "ValidationException"],
    ["CreateSchedule", { Target: { ...schedule.Target, Arn: "shop" } }, "ValidationException"],
    ["ListSchedules", { NextToken: "none" }, "ValidationException"],
  ],
  valid: { CreateSchedule: { ...schedule, Name: "hourly" }, GetSchedule: { Name: "nightly" } },
};
