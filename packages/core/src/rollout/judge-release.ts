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

/**
 * Seconds until the next look: 5 at first, stretching with age to 60 within ten minutes and, after the first hour, to 300.
 * Never past the deadline. The longest deadline (three days) takes about a thousand looks, so that an execution's history
 * stays far below Step Functions' 25,000 events.
 */
export function retryAfterSeconds(ageSeconds: number, deadlineSeconds: number): number {
  const stretched = ageSeconds <= 3600 ? Math.min(60, ageSeconds / 10) : Math.min(300, ageSeconds / 60);
  const interval = Math.max(5, Math.round(stretched));
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
