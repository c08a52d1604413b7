import type { PutCompositeAlarmInput, PutMetricAlarmInput, StateValue } from "@aws-sdk/client-cloudwatch";
import type { World } from "../../world/world.ts";

export type CloudWatchWorld = Pick<World, "clock" | "region" | "accountId" | "emit">;

type Definition =
  | { type: "MetricAlarm"; input: Omit<PutMetricAlarmInput, "Tags"> }
  | { type: "CompositeAlarm"; input: Omit<PutCompositeAlarmInput, "Tags"> };

export type Alarm = Definition & {
  name: string;
  arn: string;
  configuredAt: number;
  state: { value: StateValue; reason: string; data?: string; updatedAt: number; transitionedAt: number };
};

/** Alarms by name. There are no metrics: an alarm changes its state only when `set` is called. */
export class Alarms {
  readonly #world: CloudWatchWorld;
  readonly #alarms = new Map<string, Alarm>();

  constructor(world: CloudWatchWorld) {
    this.#world = world;
  }

  find(name: string): Alarm | undefined {
    return this.#alarms.get(name);
  }

  /** Sorted by name, as in DescribeAlarms. */
  all(): Alarm[] {
    return [...this.#alarms.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Creates an alarm without data, or changes an alarm, which keeps its state. */
  put(name: string, definition: Definition): Alarm {
    const { clock, region, accountId } = this.#world;
    const now = clock.now();
    const alarm: Alarm = {
      ...definition,
      name,
      arn: `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`,
      configuredAt: now,
      state: this.find(name)?.state ?? {
        value: "INSUFFICIENT_DATA",
        reason: "Unchecked: Initial alarm creation",
        updatedAt: now,
        transitionedAt: now,
      },
    };
    this.#alarms.set(name, alarm);
    return alarm;
  }

  remove(name: string): void {
    this.#alarms.delete(name);
  }

  /** Sets an alarm's state, and emits an event when the state value changes. */
  set(alarm: Alarm, value: StateValue, reason: string, data?: string): void {
    const now = this.#world.clock.now();
    const previous = alarm.state;
    const changes = previous.value !== value;
    alarm.state = {
      value,
      reason,
      ...(data !== undefined && { data }),
      updatedAt: now,
      transitionedAt: changes ? now : previous.transitionedAt,
    };
    if (changes) this.#emitStateChange(alarm, previous);
  }

  /** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html for the event's format */
  #emitStateChange({ arn, name, state }: Alarm, previous: Alarm["state"]): void {
    const describe = ({ value, reason, data, updatedAt }: Alarm["state"]) => ({
      value,
      reason,
      ...(data !== undefined && { reasonData: data }),
      timestamp: new Date(updatedAt).toISOString().replace("Z", "+0000"),
    });
    this.#world.emit({
      source: "aws.cloudwatch",
      detailType: "CloudWatch Alarm State Change",
      resources: [arn],
      detail: { alarmName: name, state: describe(state), previousState: describe(previous) },
    });
  }
}
