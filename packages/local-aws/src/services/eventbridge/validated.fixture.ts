import type { Validated } from "../validation.fixture.ts";

const target = { Id: "notify", Arn: "arn:aws:lambda:us-east-1:111122223333:function:notify" };
const entry = { Source: "shop", DetailType: "sale", Detail: "{}" };

export const validatedEventBridge: Validated = {
  errors: ["ValidationException"],
  setUp: [["PutRule", { Name: "shop", EventPattern: '{"source":["shop"]}' }]],
  // An entry that is refused fails alone, in an answer with status 200.
  free: ["PutEvents.Entries.Detail", "PutEvents.Entries.DetailType", "PutEvents.Entries.Source"],
  absent: [
    ...["DescribeRule", "DisableRule", "EnableRule"].map(
      (operation) => [operation, { Name: "none" }, "ResourceNotFoundException"] as const,
    ),
    ["PutTargets", { Rule: "none", Targets: [target] }, "ResourceNotFoundException"],
    ["ListTargetsByRule", { Rule: "none" }, "ResourceNotFoundException"],
    ...["ListRules", "ListTargetsByRule", "ListRuleNamesByTarget"].map(
      (operation) => [operation, { NextToken: "none" }, "ValidationException"] as const,
    ),
    ["PutRule", { EventPattern: "shop" }, "InvalidEventPatternException"],
    ["PutRule", { EventPattern: undefined }, "ValidationException"],
    ...[
      "rate(0 minutes)",
      "rate(1 minutes)",
      "rate(5 minute)",
      "at(2026-01-05T09:00:00)",
      "cron(7 20 * * 1-7 *)",
      "cron(*/60 * * * ? *)",
      "cron(15 12 * * 0)",
    ].map((ScheduleExpression) => ["PutRule", { ScheduleExpression }, "ValidationException"] as const),
    ["PutRule", { ScheduleExpression: "cron(0 9 * * ? *)" }, "NotInLocalAws"],
  ],
  valid: {
    PutRule: { Name: "blog", EventPattern: '{"source":["blog"]}' },
    PutTargets: { Rule: "shop", Targets: [target] },
    PutEvents: { Entries: [entry] },
    ListTargetsByRule: { Rule: "shop" },
  },
};
