import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { Evidence, ProbeEvidence } from "../ledger/evidence.ts";
import type { HealthTracking } from "../contract/steps.ts";
import { missingAlarms, raisedAlarms, type ObservedAlarm } from "../ecs/alarms.ts";
import { bakeRetrySeconds, retryAfterSeconds, type PollTiming } from "./poll-interval.ts";
import type { Verdict } from "./verdict.ts";

/** What one poll of a release found. */
export type Findings = {
  services: readonly JudgedService[];
  /** All alarms of the environment; none during a rollback. */
  alarms: readonly ObservedAlarm[];
  /** Evidence against the probe's answer; absent when the answer is as expected or the probe was not requested. */
  objection?: ProbeEvidence;
};

type JudgedService = { service: string; verdict: Verdict };

export type HealthPolicy = Pick<EnvironmentConfiguration["health"], "deadlineMinutes" | "bakeSeconds">;

/** The verdict on a release, before logs are read. */
export type HealthVerdict =
  | { state: "healthy"; proven: boolean }
  | { state: "waiting"; retryAfterSeconds: number; progress: string; tracking: HealthTracking }
  | { state: "failed"; evidence: readonly Evidence[] };

/**
 * Judges a release as a whole:
 *
 * 1. A failed service or a raised alarm fails it, at any time.
 * 2. All services must be healthy. One that still waits resets a bake that had begun.
 * 3. The probe's answer must be as expected. A wrong answer resets the bake. It fails the release if it is the third in a row
 *    and the first was at least a minute ago: while load balancers and resolvers switch over, single answers are wrong.
 * 4. All of this must hold for the whole bake time. If more than one poll was missed, it is not known to have held, and the
 *    bake begins again, before the deadline.
 *
 * The deadline applies to the first three: what does not hold then, or stops holding later, fails the release. A bake that
 * began in time may end after the deadline, so a release ends within deadline and bake time together.
 *
 * @param tracking as the previous poll returned it
 * @param since when the first service was changed
 */
export function judgeHealth(
  { services, alarms, objection }: Findings,
  policy: HealthPolicy,
  tracking: HealthTracking,
  { since, now }: { since: Date; now: Date },
): HealthVerdict {
  const timing = pollTimingOf(policy, since, now);
  const raised = raisedAlarms(alarms);
  const evidence = [
    ...services.flatMap(({ verdict }) => (verdict.state === "failed" ? [verdict.evidence] : [])),
    ...(raised === undefined ? [] : [raised]),
  ];
  if (evidence.length > 0) return { state: "failed", evidence };

  const isLate = timing.ageSeconds >= timing.deadlineSeconds;
  const wait = (progress: string, next: HealthTracking): HealthVerdict => ({
    state: "waiting",
    retryAfterSeconds: retryAfterSeconds(timing),
    progress,
    tracking: next,
  });
  const pending = pendingOf(services, alarms);
  if (pending.length > 0) return isLate ? exceeded(policy, pending) : wait(pending.join("; "), {});
  if (objection !== undefined) {
    const streak = longerStreak(tracking, now);
    return isLate || hasFailed(streak, now)
      ? { state: "failed", evidence: [probeFailure(objection, streak)] }
      : wait(`the probe ${describeObjection(objection)}`, { probe: streak });
  }
  return judgeBake(services, policy, tracking, timing, now);
}

function pollTimingOf({ deadlineMinutes, bakeSeconds }: HealthPolicy, since: Date, now: Date): PollTiming {
  const deadlineSeconds = deadlineMinutes * 60;
  return {
    ageSeconds: (now.getTime() - since.getTime()) / 1000,
    deadlineSeconds,
    longestSeconds: deadlineSeconds + bakeSeconds,
  };
}

function pendingOf(services: readonly JudgedService[], alarms: readonly ObservedAlarm[]): string[] {
  return [
    ...services.flatMap(({ service, verdict }) =>
      verdict.state === "waiting" ? [`${service}: ${verdict.progress}`] : [],
    ),
    ...missingAlarms(alarms).map((name) => `alarm ${name} no longer exists`),
  ];
}

/** For the alarms and the probe: each service has the deadline in its own verdict, with its own evidence. */
const exceeded = ({ deadlineMinutes }: HealthPolicy, pending: readonly string[]): HealthVerdict => ({
  state: "failed",
  evidence: [
    {
      code: "DEADLINE_EXCEEDED",
      message: `not proven healthy within ${deadlineMinutes} minutes: ${pending.join("; ")}`,
    },
  ],
});

function judgeBake(
  services: readonly JudgedService[],
  { bakeSeconds }: HealthPolicy,
  tracking: HealthTracking,
  timing: PollTiming,
  now: Date,
): HealthVerdict {
  const began = bakeStart(tracking, timing, now);
  const healthySeconds = (now.getTime() - began.getTime()) / 1000;
  if (healthySeconds >= bakeSeconds) {
    return { state: "healthy", proven: services.every(({ verdict }) => verdict.state === "healthy" && verdict.proven) };
  }
  const pauseSeconds = bakeRetrySeconds(timing, bakeSeconds - healthySeconds);
  const nextPollBy = new Date(now.getTime() + (pauseSeconds + latePollToleranceSeconds) * 1000);
  return {
    state: "waiting",
    retryAfterSeconds: pauseSeconds,
    progress: `healthy for ${Math.floor(healthySeconds)} of ${bakeSeconds} seconds of bake time`,
    tracking: { healthySince: began.toISOString(), nextPollBy: nextPollBy.toISOString() },
  };
}

/** A poll may take 40 seconds, fail and be retried. */
const latePollToleranceSeconds = 60;

/** After the deadline no bake begins: otherwise missed polls could extend a release without limit. */
function bakeStart(
  { healthySince, nextPollBy }: HealthTracking,
  { ageSeconds, deadlineSeconds }: PollTiming,
  now: Date,
): Date {
  if (healthySince === undefined) return now;
  const missedPolls = nextPollBy !== undefined && now > new Date(nextPollBy);
  return missedPolls && ageSeconds < deadlineSeconds ? now : new Date(healthySince);
}

type Streak = NonNullable<HealthTracking["probe"]>;

/** This many wrong answers in a row, over at least this long, fail a release. */
const failingAnswers = 3;
const failingMilliseconds = 60_000;

const longerStreak = ({ probe }: HealthTracking, now: Date): Streak => ({
  wrongSince: probe?.wrongSince ?? now.toISOString(),
  wrongAnswers: (probe?.wrongAnswers ?? 0) + 1,
});

const hasFailed = ({ wrongSince, wrongAnswers }: Streak, now: Date): boolean =>
  wrongAnswers >= failingAnswers && now.getTime() - new Date(wrongSince).getTime() >= failingMilliseconds;

const probeFailure = (objection: ProbeEvidence, { wrongSince, wrongAnswers }: Streak): Evidence => ({
  code: "PROBE_FAILED",
  message: `the probe ${describeObjection(objection)}; ${wrongAnswers} wrong answers since ${wrongSince}`,
  probe: objection,
});

function describeObjection({ url, expected, status, problem }: ProbeEvidence): string {
  const answer = status === undefined ? "got no answer" : `got status ${status}`;
  return `${answer} from ${url}${problem === undefined ? "" : ` (${problem})`}, expected ${expected}`;
}
