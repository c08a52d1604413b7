import * as sdk from "@aws-sdk/client-cloudwatch";
import { AwsError, notInLocalAws } from "../../protocol/errors.ts";
import { operation, type Operation, type Parsed } from "../../protocol/service.ts";
import { paginate } from "../../protocol/pagination.ts";
import { alarmsOfRule, checkMetricAlarm, refuseUnknownAlarms } from "./alarm-rules.ts";
import type { Alarm, Alarms } from "./state.ts";

const defaultRecords = 50;

/** The operations on alarms. */
export function alarmOperations(alarms: Alarms): Readonly<Record<string, Operation>> {
  return {
    PutMetricAlarm: operation<sdk.PutMetricAlarmInput, Record<string, never>>(
      sdk.PutMetricAlarm$,
      [
        "ActionsEnabled",
        "AlarmActions",
        "AlarmDescription",
        "AlarmName",
        "ComparisonOperator",
        "DatapointsToAlarm",
        "Dimensions",
        "EvaluationPeriods",
        "InsufficientDataActions",
        "MetricName",
        "Namespace",
        "OKActions",
        "Period",
        "Statistic",
        "Threshold",
        "TreatMissingData",
      ],
      (input) => putMetricAlarm(alarms, input),
    ),
    PutCompositeAlarm: operation<sdk.PutCompositeAlarmInput, Record<string, never>>(
      sdk.PutCompositeAlarm$,
      [
        "ActionsEnabled",
        "AlarmActions",
        "AlarmDescription",
        "AlarmName",
        "AlarmRule",
        "InsufficientDataActions",
        "OKActions",
      ],
      (input) => {
        const named = alarmsOfRule(input.AlarmRule).map((name) =>
          name.replace(/^arn:[^:]*:cloudwatch:[^:]*:[^:]*:alarm:/, ""),
        );
        refuseUnknownAlarms(named.filter((name) => alarms.find(name) === undefined));
        alarms.put(input.AlarmName, { type: "CompositeAlarm", input });
        return {};
      },
    ),
    DescribeAlarms: operation<sdk.DescribeAlarmsInput, sdk.DescribeAlarmsOutput>(
      sdk.DescribeAlarms$,
      ["ActionPrefix", "AlarmNamePrefix", "AlarmNames", "AlarmTypes", "MaxRecords", "NextToken", "StateValue"],
      (input) => describeAlarms(alarms, input),
    ),
    SetAlarmState: operation<sdk.SetAlarmStateInput, Record<string, never>>(
      sdk.SetAlarmState$,
      ["AlarmName", "StateReason", "StateReasonData", "StateValue"],
      (input) => setAlarmState(alarms, input),
    ),
    DeleteAlarms: operation<sdk.DeleteAlarmsInput, Record<string, never>>(
      sdk.DeleteAlarms$,
      ["AlarmNames"],
      ({ AlarmNames }) => {
        for (const name of AlarmNames) if (alarms.find(name) === undefined) throw notFound();
        for (const name of AlarmNames) alarms.remove(name);
        return {};
      },
    ),
  };
}

function putMetricAlarm(alarms: Alarms, input: Parsed<sdk.PutMetricAlarmInput>): Record<string, never> {
  checkMetricAlarm(input);
  alarms.put(input.AlarmName, { type: "MetricAlarm", input });
  return {};
}

function setAlarmState(alarms: Alarms, input: Parsed<sdk.SetAlarmStateInput>): Record<string, never> {
  const { AlarmName, StateReason, StateReasonData, StateValue } = input;
  const alarm = alarms.find(AlarmName);
  if (alarm === undefined) throw notFound();
  if (StateReasonData !== undefined && !isJson(StateReasonData)) {
    throw new AwsError("InvalidFormat", "StateReasonData was not valid JSON");
  }
  alarms.set(alarm, StateValue, StateReason, StateReasonData);
  return {};
}

/** DescribeAlarms returns metric alarms only, unless the request names other types. It omits alarms that do not exist. */
function describeAlarms(alarms: Alarms, input: Parsed<sdk.DescribeAlarmsInput>): sdk.DescribeAlarmsOutput {
  const { ActionPrefix, AlarmNamePrefix, AlarmNames, AlarmTypes = ["MetricAlarm"], MaxRecords, StateValue } = input;
  if (ActionPrefix !== undefined) throw notInLocalAws("ActionPrefix of DescribeAlarms");
  if (AlarmNames !== undefined && AlarmNamePrefix !== undefined) {
    throw new AwsError(
      "InvalidParameterCombinationException",
      "AlarmNamePrefix and AlarmNames are mutually exclusive parameters.",
    );
  }
  const size = MaxRecords ?? defaultRecords;
  const matching = alarms
    .all()
    .filter(
      ({ name, state, type }) =>
        AlarmTypes.includes(type) &&
        (AlarmNames === undefined || AlarmNames.includes(name)) &&
        (AlarmNamePrefix === undefined || name.startsWith(AlarmNamePrefix)) &&
        (StateValue === undefined || state.value === StateValue),
    );
  const invalidToken = new AwsError("InvalidNextToken", "Invalid NextToken");
  const { items, nextToken } = paginate(matching, { size, nextToken: input.NextToken, invalidToken });
  return {
    MetricAlarms: items.flatMap((alarm) => (alarm.type === "MetricAlarm" ? [{ ...alarm.input, ...shown(alarm) }] : [])),
    CompositeAlarms: items.flatMap((alarm) =>
      alarm.type === "CompositeAlarm" ? [{ ...alarm.input, ...shown(alarm) }] : [],
    ),
    ...(AlarmTypes.includes("LogAlarm") && { LogAlarms: [] }),
    ...(nextToken !== undefined && { NextToken: nextToken }),
  };
}

const shown = ({ arn, configuredAt, name, state, input }: Alarm) => ({
  AlarmName: name,
  AlarmArn: arn,
  ActionsEnabled: input.ActionsEnabled ?? true,
  OKActions: input.OKActions ?? [],
  AlarmActions: input.AlarmActions ?? [],
  InsufficientDataActions: input.InsufficientDataActions ?? [],
  AlarmConfigurationUpdatedTimestamp: new Date(configuredAt),
  StateValue: state.value,
  StateReason: state.reason,
  StateReasonData: state.data,
  StateUpdatedTimestamp: new Date(state.updatedAt),
  StateTransitionedTimestamp: new Date(state.transitionedAt),
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const notFound = () => new AwsError("ResourceNotFound", "Unknown", 404);
