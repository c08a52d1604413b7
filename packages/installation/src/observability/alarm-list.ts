/** What is an alarm, and what to do about it: plain data, which `alarms.ts` makes CloudWatch's alarms of. */
import { dimensionsOf, type MetricName } from "@lockmaster/core/contract/metrics.ts";
import { arnsOf, namesOf, type InstallationSite } from "../topology/names.ts";
import { functionNames, rules, schedules, type FunctionName } from "../topology/topology.ts";

export type AlarmDescription = {
  namespace: string;
  metric: string;
  dimensions: Readonly<Record<string, string>>;
  statistic: "Sum" | "Maximum";
  periodSeconds: number;
  /** So many periods in a row. */
  periods: number;
  threshold: number;
  comparison: "GreaterThanThreshold" | "LessThanThreshold";
  /** What it means that nothing was measured. */
  missing: "breaching" | "notBreaching";
  /** What has happened, and what to do: it is all that a mail says. */
  description: string;
};

const minutes = (count: number): number => count * 60;

/** The schedule runs three times in this time. */
const staleAfterMinutes = 15;

/** Any of it, within five minutes, is an alarm. */
const anyOf = {
  statistic: "Sum",
  periodSeconds: minutes(5),
  periods: 1,
  threshold: 0,
  comparison: "GreaterThanThreshold",
  missing: "notBreaching",
} as const;

/**
 * Alarms by name. Steps of the state machine have none for errors: theirs are decisions too, like a gate's refusal, and what
 * is none is counted as a broken release.
 *
 * @param waitingMinutes a release may wait so long for its environment
 */
export function alarmsOf(
  place: InstallationSite,
  { waitingMinutes }: { waitingMinutes: number },
): Readonly<Record<string, AlarmDescription>> {
  return {
    ...ofReleases(place, waitingMinutes),
    ...ofExecutions(place),
    ...ofReconcile(place),
    ...ofEvents(place),
    ...Object.fromEntries(functionNames.map((name) => [`${name}-throttled`, throttled(place, name)])),
  };
}

function ofReleases(place: InstallationSite, waitingMinutes: number) {
  return {
    "settlement-failed": {
      ...anyOf,
      ...own(place, "FailedRecoveries"),
      description: "An environment that a release left midway could not be brought back: see docs/break-glass.md.",
    },
    "rollback-failed": {
      ...anyOf,
      ...own(place, "Releases", "rollback-failed"),
      description: "A rollback failed, and an environment may be neither new nor as before: see docs/break-glass.md.",
    },
    "release-broken": {
      ...anyOf,
      ...own(place, "BrokenReleases"),
      description: "A release ended by an error that is none of its own: see its execution, mend the cause, redrive.",
    },
    "release-waiting": {
      ...anyOf,
      ...own(place, "LongestWait"),
      statistic: "Maximum",
      threshold: minutes(waitingMinutes),
      description: `A release has waited for its environment for more than ${waitingMinutes} minutes: see \`lockmaster queue\`.`,
    },
  } satisfies Record<string, AlarmDescription>;
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html */
function ofExecutions(place: InstallationSite) {
  const dimensions = { StateMachineArn: arnsOf(place).stateMachine };
  return {
    "executions-timed-out": {
      ...anyOf,
      namespace: "AWS/States",
      metric: "ExecutionsTimedOut",
      dimensions,
      description: "A release took longer than an execution may. settle ends what it left.",
    },
    "executions-throttled": {
      ...anyOf,
      namespace: "AWS/States",
      metric: "ExecutionThrottled",
      dimensions,
      description: "Step Functions slows releases down: ask for a higher quota of state transitions.",
    },
  } satisfies Record<string, AlarmDescription>;
}

function ofReconcile(place: InstallationSite) {
  return {
    "reconcile-stale": {
      ...anyOf,
      ...own(place, "Reconciliations"),
      periods: staleAfterMinutes / 5,
      threshold: 1,
      comparison: "LessThanThreshold",
      missing: "breaching",
      description: `reconcile has not come to its end for ${staleAfterMinutes} minutes: what events miss stays undone. See its log.`,
    },
  } satisfies Record<string, AlarmDescription>;
}

/** What comes from outside, and has nobody who waits for an answer; GitHub does, and shows it to nobody. */
function ofEvents(place: InstallationSite): Record<string, AlarmDescription> {
  const invoked = [...Object.values(rules), ...Object.values(schedules)].map(({ target }): FunctionName => target);
  return {
    "webhook-errors": {
      ...anyOf,
      ...lambda(place, "webhook", "Url5xxCount"),
      description: "The webhook answered GitHub with an error: see its log. reconcile has it delivered again.",
    },
    "dead-letters": {
      ...anyOf,
      namespace: "AWS/SQS",
      metric: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: namesOf(place.prefix).deadLetters },
      statistic: "Maximum",
      description:
        "EventBridge could not deliver an event: the message's attributes say why. reconcile does without it; once the cause is mended, purge the queue.",
    },
    ...Object.fromEntries(
      invoked.flatMap((name) => [
        [`${name}-errors`, failing(place, name)],
        [`${name}-events-dropped`, dropped(place, name)],
      ]),
    ),
  };
}

const failing = (place: InstallationSite, name: FunctionName): AlarmDescription => ({
  ...anyOf,
  ...lambda(place, name, "Errors"),
  description: `The function ${name} failed: see its log. Lambda tries twice more.`,
});

const dropped = (place: InstallationSite, name: FunctionName): AlarmDescription => ({
  ...anyOf,
  ...lambda(place, name, "AsyncEventsDropped"),
  description: `Lambda gave an event up that ${name} failed with every time. reconcile does without it.`,
});

const throttled = (place: InstallationSite, name: FunctionName): AlarmDescription => ({
  ...anyOf,
  ...lambda(place, name, "Throttles"),
  description: `Lambda does not run ${name} as often as it is asked to: see the account's quota of concurrency.`,
});

function own({ prefix }: InstallationSite, metric: MetricName, of?: string) {
  return { namespace: namesOf(prefix).metricNamespace, metric, dimensions: dimensionsOf(metric, of) };
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
function lambda({ prefix }: InstallationSite, name: FunctionName, metric: string) {
  return { namespace: "AWS/Lambda", metric, dimensions: { FunctionName: namesOf(prefix).function(name) } };
}
