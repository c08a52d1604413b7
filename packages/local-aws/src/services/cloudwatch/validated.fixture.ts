import type { Validated } from "../validation.fixture.ts";

const alarm = {
  AlarmName: "errors",
  ComparisonOperator: "GreaterThanThreshold",
  EvaluationPeriods: 1,
  MetricName: "Errors",
  Namespace: "Shop",
  Period: 60,
  Statistic: "Sum",
  Threshold: 0,
};

export const validatedCloudWatch: Validated = {
  errors: ["ValidationException"],
  setUp: [],
  free: [],
  decimal: ["PutMetricAlarm.Threshold"],
  absent: [
    ["SetAlarmState", { AlarmName: "none", StateValue: "OK" }, "ResourceNotFound"],
    ["DeleteAlarms", { AlarmNames: ["none"] }, "ResourceNotFound"],
    ["DescribeAlarms", { NextToken: "none" }, "InvalidNextToken"],
    ["DescribeAlarms", { AlarmNames: ["shop"], AlarmNamePrefix: "shop" }, "InvalidParameterCombinationException"],
    ...["ComparisonOperator", "EvaluationPeriods", "MetricName", "Namespace", "Period", "Statistic", "Threshold"].map(
      (member) => ["PutMetricAlarm", { ...alarm, [member]: null }, "ValidationException"] as const,
    ),
    ["PutMetricAlarm", { ...alarm, Period: 45 }, "ValidationException"],
    ["PutMetricAlarm", { ...alarm, EvaluationPeriods: 1441 }, "ValidationException"],
    ["PutMetricAlarm", { ...alarm, DatapointsToAlarm: 2 }, "ValidationException"],
    ["PutMetricAlarm", { ...alarm, TreatMissingData: "none" }, "ValidationException"],
    ["SetAlarmState", { AlarmName: "shop", StateReasonData: "{" }, "InvalidFormat"],
    ...[
      "shop",
      "()",
      "ALARM()",
      "ALARM(shop) AND",
      "ALARM(shop) OK(shop)",
      "NOT",
      "(ALARM(shop)",
      "ALARM(shop))",
      "ALARM(shop) XOR OK(shop)",
      "ALARM(none)",
      'ALARM("no alarm")',
    ].map((AlarmRule) => ["PutCompositeAlarm", { AlarmRule }, "ValidationException"] as const),
    ...[
      "ALARM(shop)",
      '(ALARM("shop") OR NOT OK(shop)) AND TRUE',
      "INSUFFICIENT_DATA(arn:aws:cloudwatch:us-east-1:111122223333:alarm:shop)",
    ].map((AlarmRule) => ["PutCompositeAlarm", { AlarmRule }, "no error"] as const),
  ],
  valid: {
    PutMetricAlarm: alarm,
    PutCompositeAlarm: { AlarmName: "all", AlarmRule: "ALARM(shop)" },
    SetAlarmState: { AlarmName: "shop", StateValue: "OK", StateReason: "test" },
    DeleteAlarms: { AlarmNames: ["shop"] },
  },
};
