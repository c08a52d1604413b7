import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
  type StateValue,
} from "@aws-sdk/client-cloudwatch";
import { expect, test } from "vitest";
import { failureOf, startWire } from "../../protocol/wire.fixture.ts";
import { virtualClock } from "../../clock/virtual-clock.ts";
import type { ServiceEvent } from "../../world/world.ts";
import { createCloudWatch } from "./cloudwatch.ts";

async function setUp(alarms: { name: string; state: StateValue }[] = []) {
  const clock = virtualClock();
  const emitted: ServiceEvent[] = [];
  const world = {
    clock,
    region: "us-east-1",
    accountId: "111122223333",
    emit: (event: ServiceEvent) => emitted.push(event),
  };
  const cloudWatch = createCloudWatch(world, { alarms });
  const wire = await startWire({ services: [cloudWatch.service] }, clock);
  const sdk = new CloudWatchClient(wire.client);
  const stateOf = async (AlarmNames: string[]) =>
    ((await sdk.send(new DescribeAlarmsCommand({ AlarmNames }))).MetricAlarms ?? []).map(
      ({ StateValue }) => StateValue,
    );
  return { clock, emitted, cloudWatch, sdk, stateOf };
}

const errors = {
  AlarmName: "errors",
  Namespace: "AWS/ApplicationELB",
  MetricName: "HTTPCode_Target_5XX_Count",
  Statistic: "Sum",
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 5,
  ComparisonOperator: "GreaterThanThreshold",
} as const;

test("describes a new alarm with its settings and without data", async () => {
  const { sdk } = await setUp();
  await sdk.send(new PutMetricAlarmCommand(errors));
  const { MetricAlarms } = await sdk.send(new DescribeAlarmsCommand({}));
  expect(MetricAlarms).toMatchObject([
    {
      ...errors,
      AlarmArn: "arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors",
      StateValue: "INSUFFICIENT_DATA",
      StateReason: "Unchecked: Initial alarm creation",
    },
  ]);
});

test("keeps the state of an alarm when its settings change", async () => {
  const { sdk, stateOf } = await setUp([{ name: "errors", state: "ALARM" }]);
  await sdk.send(new PutMetricAlarmCommand(errors));
  expect(await stateOf(["errors"])).toEqual(["ALARM"]);
});

test("returns composite alarms only when they are requested", async () => {
  const { sdk } = await setUp([{ name: "errors", state: "OK" }]);
  await sdk.send(new PutCompositeAlarmCommand({ AlarmName: "all", AlarmRule: "ALARM(errors)" }));
  const AlarmNames = ["all", "errors"];
  const metric = await sdk.send(new DescribeAlarmsCommand({ AlarmNames }));
  expect([metric.MetricAlarms?.length, metric.CompositeAlarms?.length, metric.LogAlarms]).toEqual([1, 0, undefined]);
  const all = await sdk.send(
    new DescribeAlarmsCommand({ AlarmNames, AlarmTypes: ["MetricAlarm", "CompositeAlarm", "LogAlarm"] }),
  );
  expect([all.MetricAlarms?.length, all.CompositeAlarms?.length, all.LogAlarms]).toEqual([1, 1, []]);
});

test("emits an event for each state change, and no other event", async () => {
  const { clock, emitted, sdk } = await setUp([{ name: "errors", state: "OK" }]);
  emitted.length = 0;
  await clock.advance(5_000);
  const set = (StateValue: StateValue, StateReason: string) =>
    sdk.send(new SetAlarmStateCommand({ AlarmName: "errors", StateValue, StateReason }));
  await set("ALARM", "too many");
  await set("ALARM", "still too many");
  expect(emitted).toMatchObject([
    {
      source: "aws.cloudwatch",
      detailType: "CloudWatch Alarm State Change",
      resources: ["arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors"],
      detail: { alarmName: "errors", state: { value: "ALARM", reason: "too many" }, previousState: { value: "OK" } },
    },
  ]);
});

test("is in ALARM from the first signal until the last signal ends", async () => {
  const { cloudWatch, stateOf } = await setUp([{ name: "errors", state: "OK" }]);
  const [one, other] = [cloudWatch.signals.raise("errors"), cloudWatch.signals.raise("errors")];
  cloudWatch.signals.raise("unknown");
  one();
  one();
  expect([await stateOf(["errors"]), cloudWatch.raised(["errors", "unknown"])]).toEqual([["ALARM"], ["errors"]]);
  other();
  expect(await stateOf(["errors"])).toEqual(["OK"]);
});

test("returns alarms page by page", async () => {
  const names = ["a", "b", "c", "d", "e"];
  const { sdk } = await setUp(names.map((name) => ({ name, state: "OK" })));
  const found: string[] = [];
  let NextToken: string | undefined;
  do {
    const answer = await sdk.send(new DescribeAlarmsCommand({ MaxRecords: 2, NextToken }));
    found.push(...(answer.MetricAlarms ?? []).map(({ AlarmName }) => AlarmName ?? ""));
    ({ NextToken } = answer);
  } while (NextToken !== undefined);
  expect(found).toEqual(names);
});

test.each<[string, (sdk: CloudWatchClient) => Promise<unknown>, string]>([
  [
    "an unknown alarm",
    (sdk) => sdk.send(new SetAlarmStateCommand({ AlarmName: "x", StateValue: "OK", StateReason: "" })),
    "ResourceNotFound",
  ],
  ["deleting an unknown alarm", (sdk) => sdk.send(new DeleteAlarmsCommand({ AlarmNames: ["x"] })), "ResourceNotFound"],
  [
    "an alarm without a period",
    (sdk) => sdk.send(new PutMetricAlarmCommand({ ...errors, Period: undefined })),
    "ValidationException",
  ],
  [
    "names and a prefix at once",
    (sdk) => sdk.send(new DescribeAlarmsCommand({ AlarmNames: ["x"], AlarmNamePrefix: "x" })),
    "InvalidParameterCombinationException",
  ],
  ["more than a hundred", (sdk) => sdk.send(new DescribeAlarmsCommand({ MaxRecords: 101 })), "ValidationException"],
  [
    "a member that is not implemented",
    (sdk) => sdk.send(new DescribeAlarmsCommand({ ParentsOfAlarmName: "x" })),
    "NotInLocalAws",
  ],
])("refuses %s", async (_, call, name) => {
  const { sdk } = await setUp();
  expect(await failureOf(call(sdk))).toMatchObject({ name });
});
