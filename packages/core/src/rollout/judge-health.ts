import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { Evidence, ProbeEvidence } from "../ledger/evidence.ts";
import type { HealthSoFar } from "../contract/steps.ts";
import { missingAlarms, raisedAlarms, type ObservedAlarm } from "../ecs/alarms.ts";
import { bakeRetrySeconds, retryAfterSeconds, type Pace } from "./pace.ts";
import type { Verdict } from "./verdict.ts";

/** What one look at a release found. */
export type Findings = {
  services: readonly JudgedService[];
  /** All alarms of the environment; none on the way back. */
  alarms: readonly ObservedAlarm[];
  /** What speaks against the probe's answer; absent when nothing does, and when it was not asked. */
  objection?: ProbeEvidence;
};

export type JudgedService = { service: string; verdict: Verdict };

export type HealthPolicy = Pick<EnvironmentConfiguration["health"], "deadlineMinutes" | "bakeSeconds">;

/** The verdict over a release, before logs are fetched. */
export type HealthVerdict =
  | { state: "healthy"; proven: boolean }
  | { state: "waiting"; retryAfterSeconds: number; progress: string; soFar: HealthSoFar }
  | { state: "failed"; evidence: readonly Evidence[] };

/**
 * Judges a release as a whole, all or none:
 *
 * 1. Every service that failed and every alarm that is raised fails it, at whatever time.
 * 2. All services must be healthy. Whatever still waits breaks a bake that had begun.
 * 3. The probe must be answered rightly. A wrong answer breaks the bake, and refutes the release when it is the third in a
 *    row and the first of them was a minute ago: while load balancers and resolvers switch over, single answers are wrong.
 * 4. All that must hold for the bake time without a break. What nobody could look at did not hold: where more than a look was
 *    missed, the bake begins anew, as long as one may begin.
 *
 * The deadline is for the first three: what does not hold then, or ceases to hold later, fails the release. A bake that
 * began in time may end after it, so that a release ends within deadline and bake time together.
 *
 * @param soFar what the last look answered
 * @param since when the first service was changed
 */
export function judgeHealth(
  { services, alarms, objection }: Findings,
  policy: HealthPolicy,
  soFar: HealthSoFar,
  { since, now }: { since: Date; now: Date },
): HealthVerdict {
  const pace = paceOf(policy, since, now);
  const raised = raisedAlarms(alarms);
  const evidence = [
    ...services.flatMap(({ verdict }) => (verdict.state === "failed" ? [verdict.evidence] : [])),
    ...(raised === undefined ? [] : [raised]),
  ];
  if (evidence.length > 0) return { state: "failed", evidence };

  const isLate = pace.ageSeconds >= pace.deadlineSeconds;
  const wait = (progress: string, next: HealthSoFar): HealthVerdict => ({
    state: "waiting",
    retryAfterSeconds: retryAfterSeconds(pace),
    progress,
    soFar: next,
  });
  const pending = pendingOf(services, alarms);
  if (pending.length > 0) return isLate ? exceeded(policy, pending) : wait(pending.join("; "), {});
  if (objection !== undefined) {
    const streak = longerStreak(soFar, now);
    return isLate || isKnownBad(streak, now)
      ? { state: "failed", evidence: [probeFailure(objection, streak)] }
      : wait(`the probe ${describeObjection(objection)}`, { probe: streak });
  }
  return judgeBake(services, policy, soFar, pace, now);
}

function paceOf({ deadlineMinutes, bakeSeconds }: HealthPolicy, since: Date, now: Date): Pace {
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
    ...missingAlarms(alarms).map((name) => `alarm ${name} does not exist any more`),
  ];
}

/** Services keep their own deadline, with their own evidence; this is for what no service answers for. */
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
  soFar: HealthSoFar,
  pace: Pace,
  now: Date,
): HealthVerdict {
  const began = bakeBegan(soFar, pace, now);
  const healthySeconds = (now.getTime() - began.getTime()) / 1000;
  if (healthySeconds >= bakeSeconds) {
    return { state: "healthy", proven: services.every(({ verdict }) => verdict.state === "healthy" && verdict.proven) };
  }
  const pauseSeconds = bakeRetrySeconds(pace, bakeSeconds - healthySeconds);
  const nextPollBy = new Date(now.getTime() + (pauseSeconds + latePollSeconds) * 1000);
  return {
    state: "waiting",
    retryAfterSeconds: pauseSeconds,
    progress: `everything is healthy, for ${Math.floor(healthySeconds)} of ${bakeSeconds} seconds`,
    soFar: { healthySince: began.toISOString(), nextPollBy: nextPollBy.toISOString() },
  };
}

/** A look may take 40 seconds, fail, and be made again. */
const latePollSeconds = 60;

/** After the deadline no bake begins: how long a release takes would depend on how often nobody could look. */
function bakeBegan({ healthySince, nextPollBy }: HealthSoFar, { ageSeconds, deadlineSeconds }: Pace, now: Date): Date {
  if (healthySince === undefined) return now;
  const wasUnseen = nextPollBy !== undefined && now > new Date(nextPollBy);
  return wasUnseen && ageSeconds < deadlineSeconds ? now : new Date(healthySince);
}

type Streak = NonNullable<HealthSoFar["probe"]>;

/** So many wrong answers in a row, over so long, refute a release. */
const refutingAnswers = 3;
const refutingMilliseconds = 60_000;

const longerStreak = ({ probe }: HealthSoFar, now: Date): Streak => ({
  wrongSince: probe?.wrongSince ?? now.toISOString(),
  wrongAnswers: (probe?.wrongAnswers ?? 0) + 1,
});

const isKnownBad = ({ wrongSince, wrongAnswers }: Streak, now: Date): boolean =>
  wrongAnswers >= refutingAnswers && now.getTime() - new Date(wrongSince).getTime() >= refutingMilliseconds;

const probeFailure = (objection: ProbeEvidence, { wrongSince, wrongAnswers }: Streak): Evidence => ({
  code: "PROBE_FAILED",
  message: `the probe ${describeObjection(objection)}; wrong ${wrongAnswers} times since ${wrongSince}`,
  probe: objection,
});

function describeObjection({ url, expected, status, problem }: ProbeEvidence): string {
  const answer = status === undefined ? "got no answer" : `was answered ${status}`;
  return `${answer} from ${url}${problem === undefined ? "" : ` (${problem})`}, not ${expected}`;
}
