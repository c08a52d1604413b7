/**
 * Lockmaster's metrics. The functions write them by these definitions, and alarms and dashboard are made of the same ones, so
 * that no name can differ.
 */
import { severities } from "../config/gates.ts";
import type { ReleaseStatus } from "../ledger/release-record.ts";

export type MetricDefinition = {
  /** Unit, by its name in CloudWatch. */
  unit: "Count" | "Seconds";
  /** Title of its chart on the dashboard. */
  title: string;
  /** Dimension of its time series; without one the metric is a single series. */
  by?: { dimension: string; values: readonly string[] };
};

const outcomes = [
  "succeeded",
  "unproven",
  "rolled-back",
  "rollback-failed",
  "superseded",
  "failed",
] as const satisfies readonly Exclude<ReleaseStatus, "open">[];

/**
 * `queue`: from the first request of the environment's lock until it was granted. `prepare`: from the execution's start to the
 * first change of a service. `rollout`: from there to the end, including a rollback. These two are not measured for a manual
 * rollback, a recovery or a redriven release. `whole`: from the push, or another request, to the end.
 */
export const phases = ["queue", "prepare", "rollout", "whole"] as const;

export const metrics = {
  Releases: { unit: "Count", title: "Releases by outcome", by: { dimension: "Outcome", values: outcomes } },
  PhaseDuration: { unit: "Seconds", title: "Duration by phase", by: { dimension: "Phase", values: phases } },
  Findings: {
    unit: "Count",
    title: "Findings in judged images, by severity",
    by: { dimension: "Severity", values: severities },
  },
  BrokenReleases: { unit: "Count", title: "Releases that failed because of Lockmaster, AWS or GitHub" },
  SupersededInVain: { unit: "Count", title: "Releases superseded by one that had failed" },
  FailedRecoveries: { unit: "Count", title: "Recoveries that failed" },
  ReleasesWaiting: { unit: "Count", title: "Releases that wait for their environment" },
  LongestWait: { unit: "Seconds", title: "Longest wait for an environment" },
  Reconciliations: { unit: "Count", title: "Runs of reconcile" },
  LeftUndone: { unit: "Count", title: "Failures of reconcile, which the next run retries" },
  TagsWithoutRelease: { unit: "Count", title: "Tags that no release knows" },
  MovedRepositories: { unit: "Count", title: "Events of repositories that were renamed, transferred or replaced" },
  UnprocessedDeliveries: { unit: "Count", title: "Webhook deliveries that were not processed" },
  Redeliveries: { unit: "Count", title: "Webhook deliveries requested again" },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metrics;

/** A measured value; `of` is the dimension's value, where the metric has a dimension. */
export type Measurement = {
  [Name in MetricName]: { metric: Name; value: number } & ((typeof metrics)[Name] extends {
    by: { values: readonly (infer Value)[] };
  }
    ? { of: Value }
    : unknown);
}[MetricName];

/** Logged beside a measurement. Never a dimension, because AWS bills each series of a metric. */
export type MeasurementContext = Readonly<
  Partial<Record<"release" | "repository" | "environment" | "kind" | "delivery", string>>
>;

export type Metrics = {
  /** Never fails, and returns at once. */
  record(measurements: readonly Measurement[], context?: MeasurementContext): void;
};

/** The dimension of a metric's series as pairs of name and value; empty where it has none. */
export function dimensionsOf(metric: MetricName, of: string | undefined): Readonly<Record<string, string>> {
  const { by }: MetricDefinition = metrics[metric];
  return by === undefined || of === undefined ? {} : { [by.dimension]: of };
}
