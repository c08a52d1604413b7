import type { ServiceAccess } from "../../protocol/demand.ts";

/** docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html */
export const cloudWatchAccess: ServiceAccess = {
  prefix: "cloudwatch",
  operations: {
    DeleteAlarms: { on: ["alarm:{AlarmNames}"] },
    // Composite alarms require the resource "*": docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
    DescribeAlarms: { on: "*" },
    PutCompositeAlarm: { on: ["alarm:{AlarmName}"] },
    PutMetricAlarm: { on: ["alarm:{AlarmName}"] },
    SetAlarmState: { on: ["alarm:{AlarmName}"] },
  },
};
