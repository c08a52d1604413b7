/**
 * The numbers that Lockmaster tells about itself. The functions measure by these definitions, and the alarms and the
 * dashboard are made of them, so that no name can differ.
 */
import { severities } from "../config/gates.ts";
import type { ReleaseStatus } from "../ledger/release-record.ts";

export type MetricDefinition = {
  /** CloudWatch's name of the unit. */
  unit: "Count" | "Seconds";
  /** What it means, for the dashboard. */
  title: string;
  /** What tells its time series apart; it is a single one where this is absent. */
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
 * `queue`: from the first question for the environment's lock until it was granted. `prepare`: from the execution's start to
 * the first change of a service. `rollout`: from there to the end, the way back included; neither of them of a rollback by
 * itself, nor of a release that was redriven. `whole`: from the push, or whatever asked for it, to the end.
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
  BrokenReleases: { unit: "Count", title: "Releases that failed for a reason of the machinery" },
  FailedRecoveries: { unit: "Count", title: "Settlements that failed" },
  ReleasesWaiting: { unit: "Count", title: "Releases that wait for their environment" },
  LongestWait: { unit: "Seconds", title: "Longest wait for an environment" },
  Reconciliations: { unit: "Count", title: "Runs of reconcile" },
  LeftUndone: { unit: "Count", title: "What reconcile could not do" },
  Redeliveries: { unit: "Count", title: "Webhook deliveries asked for again" },
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

/** What a measurement is about: beside the number in the log, never a dimension, since each series of a metric is paid for. */
export type Subject = Readonly<Partial<Record<"release" | "repository" | "environment" | "kind", string>>>;

export type Metrics = {
  /** Never fails, and never keeps anybody waiting. */
  record(measurements: readonly Measurement[], subject?: Subject): void;
};

/** The dimension of a metric's series, as CloudWatch's pairs of name and value; empty where it has none. */
export function dimensionsOf(metric: MetricName, of: string | undefined): Readonly<Record<string, string>> {
  const { by }: MetricDefinition = metrics[metric];
  return by === undefined || of === undefined ? {} : { [by.dimension]: of };
}
