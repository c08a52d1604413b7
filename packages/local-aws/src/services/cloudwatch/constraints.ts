/** CloudWatch's API model: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/ */
import * as sdk from "@aws-sdk/client-cloudwatch";
import type { Constraint, Constraints } from "../../protocol/constraints.ts";

const oneOf = (values: Readonly<Record<string, string>>): Constraint => ({ oneOf: Object.values(values) });
const name: Constraint = { length: [1, 255] };
const actions: Constraint = { length: [0, 5], each: { length: [1, 1024] } };
const atLeastOne: Constraint = { range: [1, 2_147_483_647], integer: true };
const alarm: Readonly<Record<string, Constraint>> = {
  AlarmName: name,
  AlarmDescription: { length: [0, 1024] },
  OKActions: actions,
  AlarmActions: actions,
  InsufficientDataActions: actions,
};

export const cloudWatchConstraints: Constraints = {
  PutMetricAlarmInput: {
    ...alarm,
    MetricName: name,
    Namespace: { length: [1, 255], pattern: /[^:].*/ },
    Statistic: oneOf(sdk.Statistic),
    Dimensions: { length: [0, 30] },
    Period: atLeastOne,
    EvaluationPeriods: atLeastOne,
    DatapointsToAlarm: atLeastOne,
    ComparisonOperator: oneOf(sdk.ComparisonOperator),
    TreatMissingData: name,
  },
  Dimension: { Name: name, Value: { length: [1, 1024] } },
  PutCompositeAlarmInput: { ...alarm, AlarmRule: { length: [1, 10_240] } },
  DescribeAlarmsInput: {
    AlarmNames: { length: [0, 100], each: name },
    AlarmNamePrefix: name,
    AlarmTypes: { each: oneOf(sdk.AlarmType) },
    StateValue: oneOf(sdk.StateValue),
    MaxRecords: { range: [1, 100], integer: true },
  },
  SetAlarmStateInput: {
    AlarmName: name,
    StateValue: oneOf(sdk.StateValue),
    StateReason: { length: [0, 1023] },
    StateReasonData: { length: [0, 4000] },
  },
  DeleteAlarmsInput: { AlarmNames: { length: [0, 100], each: name } },
};
