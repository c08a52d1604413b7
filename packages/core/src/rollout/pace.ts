/** How far a release is, as the time between two looks depends on it. */
export type Pace = {
  /** Since the first service was changed. */
  ageSeconds: number;
  /** Age at which waiting ends. */
  deadlineSeconds: number;
  /** Greatest age that a release may reach, its bake time included. */
  longestSeconds: number;
};

/** Nothing can be healthy, or have failed twice, before: Fargate alone takes that long to start a task. */
const firstPollSeconds = 20;
const shortestInterval = 10;
/** So long each interval is at most `longestEarlyInterval`: a second crash is reported within a minute. */
const earlySeconds = 3600;
const longestEarlyInterval = 45;
/**
 * Looks that later ages share evenly, however long a release may take: in both directions they must fit, at nine events each
 * and with everything else, into Step Functions' 25,000 events.
 */
const lateLooks = 800;
const shortestLateInterval = 100;

/**
 * Seconds until the next look: 10 at first, stretching to 45 with the age, and after the first hour to 100; only releases that
 * may take more than a day need longer ones (428 at four days, the longest). Never past the deadline.
 */
export function retryAfterSeconds(pace: Pace): number {
  return Math.max(1, Math.min(intervalOf(pace), Math.ceil(pace.deadlineSeconds - pace.ageSeconds)));
}

/**
 * Seconds until the next look while everything is healthy: as soon as the bake time is over, in the first hour. Later than
 * that an interval is not cut short, since each break of a bake would add a look.
 */
export function bakeRetrySeconds(pace: Pace, leftSeconds: number): number {
  const interval = intervalOf(pace);
  return isEarly(pace) ? Math.min(interval, Math.max(shortestInterval, Math.ceil(leftSeconds))) : interval;
}

function intervalOf(pace: Pace): number {
  const { ageSeconds, longestSeconds } = pace;
  const early = Math.max(
    shortestInterval,
    firstPollSeconds - ageSeconds,
    Math.min(longestEarlyInterval, ageSeconds / 4),
  );
  const late = Math.max(shortestLateInterval, (longestSeconds - earlySeconds) / lateLooks);
  return Math.round(isEarly(pace) ? early : late);
}

const isEarly = ({ ageSeconds }: Pace) => ageSeconds < earlySeconds;
