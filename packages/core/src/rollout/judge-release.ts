import type { CheckHealthOutput, Rollout } from "../steps.ts";
import type { Evidence } from "../records.ts";
import type { Verdict } from "./verdict.ts";

/** The verdict over all services of a release, before logs are fetched. */
export type ReleaseVerdict =
  | { state: "healthy"; proven: boolean }
  | { state: "waiting"; retryAfterSeconds: number; progress: string }
  | { state: "failed"; evidence: readonly Evidence[] };

/** One service and what was found about it. */
export type JudgedRollout = { rollout: Pick<Rollout, "service">; verdict: Verdict };

/**
 * All or none: any failure fails the release, with the evidence of every service that failed; healthy takes all.
 *
 * @param ageSeconds since the first service was changed
 * @param deadlineSeconds of age, at which waiting ends
 */
export function judgeRelease(
  judged: readonly JudgedRollout[],
  ageSeconds: number,
  deadlineSeconds: number,
): ReleaseVerdict {
  const evidence = judged.flatMap(({ verdict }) => (verdict.state === "failed" ? [verdict.evidence] : []));
  if (evidence.length > 0) return { state: "failed", evidence };
  const progress = judged.flatMap(({ rollout, verdict }) =>
    verdict.state === "waiting" ? [`${rollout.service}: ${verdict.progress}`] : [],
  );
  if (progress.length > 0) {
    return {
      state: "waiting",
      retryAfterSeconds: retryAfterSeconds(ageSeconds, deadlineSeconds),
      progress: progress.join("; "),
    };
  }
  return { state: "healthy", proven: judged.every(({ verdict }) => verdict.state === "healthy" && verdict.proven) };
}

/** Nothing can be healthy, or have failed twice, before: Fargate alone takes that long to start a task. */
const firstLookSeconds = 20;
/** So long each interval is at most `longestEarlyInterval`: a second crash is reported within a minute. */
const earlySeconds = 3600;
const longestEarlyInterval = 45;
/**
 * Looks that later ages share evenly, however far the deadline is: in both directions they must fit, at nine events each and
 * with everything else, into Step Functions' 25,000 events.
 */
const lateLooks = 800;
const shortestLateInterval = 100;

/**
 * Seconds until the next look: 10 at first, stretching to 45 with the age, and after the first hour to 100; only deadlines of
 * more than a day need longer ones (320 at three days, the longest). Never past the deadline.
 */
export function retryAfterSeconds(ageSeconds: number, deadlineSeconds: number): number {
  const early = Math.max(10, firstLookSeconds - ageSeconds, Math.min(longestEarlyInterval, ageSeconds / 4));
  const late = Math.max(shortestLateInterval, (deadlineSeconds - earlySeconds) / lateLooks);
  const interval = Math.round(ageSeconds < earlySeconds ? early : late);
  return Math.max(1, Math.min(interval, Math.ceil(deadlineSeconds - ageSeconds)));
}

/** At most this much of a log line reaches the state machine; the ledger keeps it whole. */
const shownOfLogLine = 300;

/** What an operator reads first: every service that failed and why, with the container's own last words. */
export function failureOf(evidence: readonly Evidence[]): Extract<CheckHealthOutput, { state: "failed" }> {
  return {
    state: "failed",
    code: evidence[0]?.code ?? "STEP_FAILED",
    message: evidence
      .map(({ service, message, logLines }) => {
        const lastLine = logLines?.findLast((line) => line.trim() !== "")?.trim();
        return `${service}: ${message}${lastLine === undefined ? "" : `: ${lastLine.slice(0, shownOfLogLine)}`}`;
      })
      .join("; "),
  };
}
