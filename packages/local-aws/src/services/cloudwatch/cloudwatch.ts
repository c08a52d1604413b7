import type { LocalService } from "../../protocol/service.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { cloudWatchAccess } from "./access.ts";
import { cloudWatchConstraints } from "./constraints.ts";
import { alarmOperations } from "./operations.ts";
import { Alarms, type Alarm, type CloudWatchWorld } from "./state.ts";

/** Signals set alarms here instead of metrics. */
export type AlarmSignals = {
  /** Keeps an alarm in ALARM until the returned function is called. Has no effect on an alarm that does not exist. */
  raise(name: string): () => void;
};

export type CloudWatch = {
  service: LocalService;
  signals: AlarmSignals;
  /** The given alarms that are in the state ALARM. */
  raised(names: readonly string[]): readonly string[];
  /** The longest evaluation window of these alarms, in milliseconds: period times evaluation periods. */
  windowMs(names: readonly string[]): number;
};

const crossed = "Threshold Crossed: 1 out of the last 1 datapoints was greater than the threshold.";
const uncrossed = "Threshold Crossed: no datapoints in the last period were greater than the threshold.";

/** CloudWatch's alarms, without metrics: SetAlarmState, the scenario and signals change them. */
export function createCloudWatch(world: CloudWatchWorld, scenario: Pick<Scenario, "alarms">): CloudWatch {
  const alarms = new Alarms(world);
  for (const { name, state } of scenario.alarms) {
    const input = {
      AlarmName: name,
      ComparisonOperator: "GreaterThanThreshold",
      EvaluationPeriods: 1,
      MetricName: "Errors",
      Namespace: "Scenario",
      Period: 60,
      Statistic: "Sum",
      Threshold: 0,
    } as const;
    const alarm = alarms.put(name, { type: "MetricAlarm", input });
    if (state !== "INSUFFICIENT_DATA") alarms.set(alarm, state, state === "ALARM" ? crossed : uncrossed);
  }
  return {
    service: {
      name: "monitoring",
      api: {
        protocol: "json",
        targetPrefix: "GraniteServiceVersion20100801",
        jsonVersion: "1.0",
        constraints: cloudWatchConstraints,
        operations: alarmOperations(alarms),
      },
      access: cloudWatchAccess,
    },
    signals: signalsTo(alarms),
    windowMs: (names) => Math.max(0, ...names.map((name) => windowMs(alarms.find(name)))),
    raised: (names) => names.filter((name) => alarms.find(name)?.state.value === "ALARM"),
  };
}

function windowMs(alarm: Alarm | undefined): number {
  if (alarm?.type !== "MetricAlarm") return 0;
  const { Period: periodSeconds = 60, EvaluationPeriods: periods = 1 } = alarm.input;
  return periodSeconds * periods * 1000;
}

function signalsTo(alarms: Alarms): AlarmSignals {
  const counts = new Map<string, number>();
  const count = (name: string, change: number) => {
    const before = counts.get(name) ?? 0;
    counts.set(name, before + change);
    const alarm = alarms.find(name);
    if (alarm === undefined) return;
    if (before === 0) alarms.set(alarm, "ALARM", crossed);
    else if (before + change === 0) alarms.set(alarm, "OK", uncrossed);
  };
  return {
    raise(name) {
      count(name, 1);
      let raised = true;
      return () => {
        if (raised) count(name, -1);
        raised = false;
      };
    },
  };
}
