/** The alarms and what to do about each, as plain data; `infra/observability/alarms.ts` makes CloudWatch alarms of it. */
import { dimensionsOf, type MetricName } from "@lockmaster/core/contract/metrics.ts";
import { arnsOf, namesOf, type InstallationSite } from "../topology/names.ts";
import { functionNames, rules, schedules, type FunctionName } from "../topology/topology.ts";

export type AlarmDescription = {
  namespace: string;
  metric: string;
  dimensions: Readonly<Record<string, string>>;
  statistic: "Sum" | "Maximum";
  periodSeconds: number;
  /** Number of consecutive periods. */
  periods: number;
  threshold: number;
  comparison: "GreaterThanThreshold" | "LessThanThreshold";
  /** How CloudWatch treats a period without data. */
  missing: "breaching" | "notBreaching";
  /** What happened and what to do: the whole text of the mail. */
  description: string;
};

const minutes = (count: number): number => count * 60;

/** The schedule runs three times within it. */
const staleAfterMinutes = 15;

/** Alarms when at least one is counted within five minutes. */
const anyOf = {
  statistic: "Sum",
  periodSeconds: minutes(5),
  periods: 1,
  threshold: 0,
  comparison: "GreaterThanThreshold",
  missing: "notBreaching",
} as const;

/**
 * Alarms by name. The functions that the state machine invokes have no alarm for errors: some of their errors are decisions, such
 * as a gate's refusal. A release that fails for any other reason counts as a broken release.
 *
 * @param waitingMinutes how long a release may wait for its environment
 */
export function alarmsOf(
  site: InstallationSite,
  { waitingMinutes }: { waitingMinutes: number },
): Readonly<Record<string, AlarmDescription>> {
  return {
    ...ofReleases(site, waitingMinutes),
    ...ofExecutions(site),
    ...ofReconcile(site),
    ...ofEvents(site),
    ...Object.fromEntries(functionNames.map((name) => [`${name}-throttled`, throttled(site, name)])),
  };
}

function ofReleases(site: InstallationSite, waitingMinutes: number) {
  return {
    "recovery-failed": {
      ...anyOf,
      ...own(site, "FailedRecoveries"),
      description: "The rollback of an environment that a release left half changed failed: see docs/break-glass.md.",
    },
    "rollback-failed": {
      ...anyOf,
      ...own(site, "Releases", "rollback-failed"),
      description:
        "A rollback failed. Some services of the environment may run the new version and some the old: see docs/break-glass.md.",
    },
    "release-broken": {
      ...anyOf,
      ...own(site, "BrokenReleases"),
      description:
        "A release failed because of Lockmaster or AWS, not because of its images: see its execution, fix the cause, redrive it.",
    },
    "superseded-in-vain": {
      ...anyOf,
      ...own(site, "SupersededInVain"),
      description:
        "A release was superseded by a newer one that had already failed, so neither was deployed: start an execution with the same input, or push again.",
    },
    "release-waiting": {
      ...anyOf,
      ...own(site, "LongestWait"),
      statistic: "Maximum",
      threshold: minutes(waitingMinutes),
      description: `A release has been waiting for its environment for more than ${waitingMinutes} minutes: see \`lockmaster queue\`.`,
    },
  } satisfies Record<string, AlarmDescription>;
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html */
function ofExecutions(site: InstallationSite) {
  const dimensions = { StateMachineArn: arnsOf(site).stateMachine };
  return {
    "executions-timed-out": {
      ...anyOf,
      namespace: "AWS/States",
      metric: "ExecutionsTimedOut",
      dimensions,
      description:
        "A release exceeded the execution's timeout. The function recover rolls back what it left half changed.",
    },
    "executions-throttled": {
      ...anyOf,
      namespace: "AWS/States",
      metric: "ExecutionThrottled",
      dimensions,
      description: "Step Functions throttles releases: request a higher quota for state transitions.",
    },
  } satisfies Record<string, AlarmDescription>;
}

function ofReconcile(site: InstallationSite) {
  return {
    "reconcile-stale": {
      ...anyOf,
      ...own(site, "Reconciliations"),
      periods: staleAfterMinutes / 5,
      threshold: 1,
      comparison: "LessThanThreshold",
      missing: "breaching",
      description: `reconcile has not completed for ${staleAfterMinutes} minutes, so lost events are not made up for: see its log.`,
    },
  } satisfies Record<string, AlarmDescription>;
}

/** Failures of functions whose caller does not report them: EventBridge does not, and GitHub shows a failed delivery only in its settings. */
function ofEvents(site: InstallationSite): Record<string, AlarmDescription> {
  const invoked = [...Object.values(rules), ...Object.values(schedules)].map(({ target }): FunctionName => target);
  return {
    "delivery-unprocessed": {
      ...anyOf,
      ...own(site, "UnprocessedDeliveries"),
      description:
        "The webhook could not process a delivery of GitHub's. The line \"Not processed\" in its log, or the line about a delivery that was too large in reconcile's, names it (X-GitHub-Delivery). reconcile has it redelivered, unless it was too large: see docs/github.md#deliveries-that-failed.",
    },
    "webhook-errors": {
      ...anyOf,
      ...lambda(site, "webhook", "Url5xxCount"),
      description: "The webhook answered GitHub with an error: see its log. reconcile asks GitHub to redeliver.",
    },
    "repository-moved": {
      ...anyOf,
      ...own(site, "MovedRepositories"),
      description:
        "A repository was renamed, transferred or replaced at GitHub: its pushes start no release until the configuration has its new name, or an operator accepts it. See the webhook's log and docs/github.md.",
    },
    "dead-letters": {
      ...anyOf,
      namespace: "AWS/SQS",
      metric: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: namesOf(site.prefix).deadLetters },
      statistic: "Maximum",
      description:
        "EventBridge could not deliver an event: see the message's attributes for the reason. reconcile makes up for it; fix the cause, then purge the queue.",
    },
    ...Object.fromEntries(
      invoked.flatMap((name) => [
        [`${name}-errors`, failing(site, name)],
        [`${name}-events-dropped`, dropped(site, name)],
      ]),
    ),
  };
}

const failing = (site: InstallationSite, name: FunctionName): AlarmDescription => ({
  ...anyOf,
  ...lambda(site, name, "Errors"),
  description: `The function ${name} failed: see its log. Lambda retries it twice.`,
});

const dropped = (site: InstallationSite, name: FunctionName): AlarmDescription => ({
  ...anyOf,
  ...lambda(site, name, "AsyncEventsDropped"),
  description: `Lambda dropped an event after ${name} failed three times: see its log. reconcile makes up for it.`,
});

const throttled = (site: InstallationSite, name: FunctionName): AlarmDescription => ({
  ...anyOf,
  ...lambda(site, name, "Throttles"),
  description: `Lambda throttles ${name}: see the account's quota for concurrent executions.`,
});

function own({ prefix }: InstallationSite, metric: MetricName, of?: string) {
  return { namespace: namesOf(prefix).metricNamespace, metric, dimensions: dimensionsOf(metric, of) };
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
function lambda({ prefix }: InstallationSite, name: FunctionName, metric: string) {
  return { namespace: "AWS/Lambda", metric, dimensions: { FunctionName: namesOf(prefix).function(name) } };
}
