import { CloudWatchClient, DescribeAlarmsCommand, type DescribeAlarmsOutput } from "@aws-sdk/client-cloudwatch";
import type { ObservedAlarm } from "@lockmaster/core/ecs/alarms.ts";
import type { AlarmObservations } from "@lockmaster/core/ecs/ports.ts";
import { inChunks } from "../lib/chunks.ts";
import { clientOptions, type ClientTarget } from "../lib/client-options.ts";
import { withTranslatedErrors } from "../lib/errors.ts";

/** @param target the account and region to act in; Lockmaster's own when absent */
export const cloudwatchClient = (target?: ClientTarget) => new CloudWatchClient(clientOptions(undefined, target));

/** DescribeAlarms accepts at most this many names, and returns as many alarms at once. */
const alarmsPerCall = 100;

/**
 * CloudWatch alarms of every type, by name.
 *
 * @param makeClient called when alarms are first read: most environments have none, and a client is costly to create
 */
export function cloudwatchAlarms(makeClient: () => CloudWatchClient): AlarmObservations {
  let made: CloudWatchClient | undefined;
  return {
    async describe(names) {
      const client = (made ??= makeClient());
      const unique = [...new Set(names)];
      const answers = await Promise.all(inChunks(unique, alarmsPerCall).map((chunk) => describeAlarms(client, chunk)));
      const found = new Map(answers.flat().map((alarm) => [alarm.name, alarm]));
      return unique.map((name) => found.get(name) ?? { name, state: "MISSING" });
    },
  };
}

function describeAlarms(client: CloudWatchClient, names: string[]): Promise<ObservedAlarm[]> {
  return withTranslatedErrors({ action: "cloudwatch:DescribeAlarms", resource: names.join(", ") }, async () =>
    observedAlarms(
      await client.send(
        new DescribeAlarmsCommand({
          AlarmNames: names,
          // Without types it returns metric alarms only, and composite ones would seem to be missing.
          AlarmTypes: ["MetricAlarm", "CompositeAlarm", "LogAlarm"],
          MaxRecords: alarmsPerCall,
        }),
      ),
    ),
  );
}

function observedAlarms({ MetricAlarms = [], CompositeAlarms = [], LogAlarms = [] }: DescribeAlarmsOutput) {
  return [...MetricAlarms, ...CompositeAlarms, ...LogAlarms].map(
    ({ AlarmName = "", StateValue = "INSUFFICIENT_DATA", StateReason }): ObservedAlarm => ({
      name: AlarmName,
      state: StateValue,
      ...(StateReason !== undefined && { reason: StateReason }),
    }),
  );
}
