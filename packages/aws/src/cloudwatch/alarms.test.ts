import { CloudWatchClient, PutCompositeAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { startLocalAws } from "@lockmaster/local-aws";
import { mockClient } from "aws-sdk-client-mock";
import { expect, onTestFinished, test } from "vitest";
import { cloudwatchAlarms } from "./alarms.ts";

test("returns the state of alarms of every type, in the requested order, each once", async () => {
  const aws = await startLocalAws({
    scenario: { alarms: [{ name: "a" }, { name: "b", state: "ALARM" }, { name: "c", state: "INSUFFICIENT_DATA" }] },
  });
  onTestFinished(() => aws.close());
  const client = new CloudWatchClient(aws.clientConfig());
  onTestFinished(() => client.destroy());
  await client.send(new PutCompositeAlarmCommand({ AlarmName: "all", AlarmRule: 'ALARM("a") OR ALARM("b")' }));
  const described = await cloudwatchAlarms(() => client).describe(["c", "b", "all", "absent", "a", "b"]);
  expect(described.map(({ name, state }) => [name, state])).toEqual([
    ["c", "INSUFFICIENT_DATA"],
    ["b", "ALARM"],
    ["all", "INSUFFICIENT_DATA"],
    ["absent", "MISSING"],
    ["a", "OK"],
  ]);
  expect(described[1]?.reason).toMatch(/^Threshold Crossed/);
});

test("reads a hundred alarms at a time", async () => {
  const aws = await startLocalAws({ scenario: { alarms: [{ name: "alarm-149", state: "ALARM" }] } });
  onTestFinished(() => aws.close());
  const client = new CloudWatchClient(aws.clientConfig());
  onTestFinished(() => client.destroy());
  const names = Array.from({ length: 150 }, (_, index) => `alarm-${index}`);
  const described = await cloudwatchAlarms(() => client).describe(names);
  expect(described.filter(({ state }) => state !== "MISSING")).toMatchObject([{ name: "alarm-149", state: "ALARM" }]);
});

test("names the missing permission", async () => {
  const client = new CloudWatchClient({ region: "eu-west-1" });
  mockClient(client).rejects(
    Object.assign(new Error("not authorized"), { name: "AccessDenied", $metadata: { httpStatusCode: 403 } }),
  );
  await expect(cloudwatchAlarms(() => client).describe(["errors"])).rejects.toMatchObject({
    name: "RejectedError",
    code: "AWS_REFUSED",
    message: expect.stringContaining("cloudwatch:DescribeAlarms"),
  });
});
