import { severities } from "../config/gates.ts";
import type { Measurement } from "../contract/metrics.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";

/** Errors of Lockmaster's own decisions. */
const decisionErrors: ReadonlySet<string> = new Set(["RejectedError", "InvalidInputError", "RolloutFailedError"]);

/** Errors of AWS, timeouts, unknown executions and other thrown errors. An operator who stops an execution may give any name. */
const machineryErrors = /^(?:States|Lambda|Runtime|Sandbox)\.|^(?:TIMED_OUT|UNKNOWN)$|Error$/;

/** The metrics of an ended release: its outcome, the durations of its phases, and the findings in its images. None for a check. */
export function releaseMeasurements(record: ReleaseRecord): readonly Measurement[] {
  const { status, kind, recovers, failure, supersededInVain } = record;
  if (status === "open" || kind === "check") return [];
  const hasFailed = status === "failed" || status === "rollback-failed";
  return [
    { metric: "Releases", of: status, value: 1 },
    ...durations(record),
    ...findings(record),
    ...(status === "failed" && failure !== undefined && isBroken(failure.error)
      ? [{ metric: "BrokenReleases", value: 1 } as const]
      : []),
    ...(supersededInVain === true ? [{ metric: "SupersededInVain", value: 1 } as const] : []),
    ...(recovers !== undefined && hasFailed ? [{ metric: "FailedRecoveries", value: 1 } as const] : []),
  ];
}

/** Whether an execution ended with an error that is no decision of Lockmaster. @param error as Step Functions reports it */
export const isBroken = (error: string): boolean => !decisionErrors.has(error) && machineryErrors.test(error);

/** None for a superseded release, which was cut short. */
function durations(record: ReleaseRecord): Measurement[] {
  const { status, requestedAt, startedAt, endedAt } = record;
  if (status === "superseded" || endedAt === undefined) return [];
  const changedAt = firstChange(record);
  const parts: Measurement[] =
    changedAt === undefined
      ? []
      : [
          { metric: "PhaseDuration", of: "prepare", value: secondsBetween(startedAt, changedAt) },
          { metric: "PhaseDuration", of: "rollout", value: secondsBetween(changedAt, endedAt) },
        ];
  return [...parts, { metric: "PhaseDuration", of: "whole", value: secondsBetween(requestedAt, endedAt) }];
}

/** Undefined for a rollback, whose intents are older than its lock, and for a redriven release, which paused in between. */
function firstChange({ kind, redriven, intents = {}, tasks = {} }: ReleaseRecord): string | undefined {
  if (kind === "rollback" || redriven === true) return undefined;
  const before = Object.values(tasks).filter(({ when }) => when === "before");
  const times = [...Object.values(intents).map(({ at }) => at), ...before.map(({ startedAt }) => startedAt)];
  return times.toSorted()[0];
}

/** Includes waived findings. A scan without findings counts as zero, a missing scan does not count. */
function findings({ judgements = {} }: ReleaseRecord): Measurement[] {
  const scans = Object.values(judgements).flatMap(({ scan }) =>
    scan === undefined || scan.result === "disabled" || scan.result === "unsupported" ? [] : [scan],
  );
  if (scans.length === 0) return [];
  return severities.map((severity) => ({
    metric: "Findings",
    of: severity,
    value: scans.reduce((total, { counts }) => total + (counts[severity] ?? 0), 0),
  }));
}

/** The clocks of GitHub, Step Functions and Lambda differ: a negative duration counts as zero. */
const secondsBetween = (from: string, to: string): number => Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
