import { severities } from "../config/gates.ts";
import type { Measurement } from "../contract/metrics.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";

/** Errors by which a release says no by itself. */
const ownErrors: ReadonlySet<string> = new Set(["RejectedError", "InvalidInputError", "RolloutFailedError"]);

/** AWS's own errors, an execution that took too long or has gone, and whatever else was thrown. Who stops one may name any. */
const machineryErrors = /^(?:States|Lambda|Runtime|Sandbox)\.|^(?:TIMED_OUT|UNKNOWN)$|Error$/;

/**
 * What there is to count of a release that has ended: its outcome, how long its phases took, what its images' scans found.
 * A check is none.
 */
export function releaseMeasurements(record: ReleaseRecord): readonly Measurement[] {
  const { status, kind, recovers, failure } = record;
  if (status === "open" || kind === "check") return [];
  const hasFailed = status === "failed" || status === "rollback-failed";
  return [
    { metric: "Releases", of: status, value: 1 },
    ...durations(record),
    ...findings(record),
    ...(status === "failed" && failure !== undefined && isBroken(failure.error)
      ? [{ metric: "BrokenReleases", value: 1 } as const]
      : []),
    ...(recovers !== undefined && hasFailed ? [{ metric: "FailedRecoveries", value: 1 } as const] : []),
  ];
}

/** Whether an execution ended by an error that is none of a release's own. @param error as Step Functions tells it */
export const isBroken = (error: string): boolean => !ownErrors.has(error) && machineryErrors.test(error);

/** A release that was superseded was cut short: how long it took says nothing. */
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

/** Of a rollback, which intends before it has the lock, and of a redriven release, which stood still meanwhile, none that tells. */
function firstChange({ kind, redriven, intents = {}, tasks = {} }: ReleaseRecord): string | undefined {
  if (kind === "rollback" || redriven === true) return undefined;
  const before = Object.values(tasks).filter(({ when }) => when === "before");
  const times = [...Object.values(intents).map(({ at }) => at), ...before.map(({ startedAt }) => startedAt)];
  return times.toSorted()[0];
}

/** Waived ones included; none is a number, too, where a scan answered. */
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

/** The clocks of GitHub, Step Functions and Lambda are not one: a negative duration is none. */
const secondsBetween = (from: string, to: string): number => Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
