/** A release's age and limits, which decide the time between two polls. */
export type PollTiming = {
  /** Since the first service was changed. */
  ageSeconds: number;
  /** Age at which waiting ends. */
  deadlineSeconds: number;
  /** Greatest age that a release may reach, its bake time included. */
  longestSeconds: number;
};

/** No service is healthy, or has failed twice, sooner: Fargate needs that long to start a task. */
const firstPollSeconds = 20;
const shortestInterval = 10;
/** Up to this age an interval is at most `longestEarlyInterval`: a second crash is reported within a minute. */
const earlySeconds = 3600;
const longestEarlyInterval = 45;
/**
 * Polls after the first hour, evenly spread: those of the rollout and of the rollback, at nine events each, and everything
 * else must fit into the 25,000 events of a Step Functions execution.
 */
const latePolls = 800;
const shortestLateInterval = 100;

/**
 * Seconds until the next poll: from 10 to 45 with the age, and 100 after the first hour. Only releases that may take more than
 * a day need longer ones (428 at four days, the longest). Never past the deadline.
 */
export function retryAfterSeconds(timing: PollTiming): number {
  return Math.max(1, Math.min(intervalOf(timing), Math.ceil(timing.deadlineSeconds - timing.ageSeconds)));
}

/**
 * Seconds until the next poll while everything is healthy. In the first hour a poll comes when the bake time ends. Later an
 * interval is not shortened, because each interruption of a bake would add a poll.
 */
export function bakeRetrySeconds(timing: PollTiming, leftSeconds: number): number {
  const interval = intervalOf(timing);
  return isEarly(timing) ? Math.min(interval, Math.max(shortestInterval, Math.ceil(leftSeconds))) : interval;
}

function intervalOf(timing: PollTiming): number {
  const { ageSeconds, longestSeconds } = timing;
  const early = Math.max(
    shortestInterval,
    firstPollSeconds - ageSeconds,
    Math.min(longestEarlyInterval, ageSeconds / 4),
  );
  const late = Math.max(shortestLateInterval, (longestSeconds - earlySeconds) / latePolls);
  return Math.round(isEarly(timing) ? early : late);
}

const isEarly = ({ ageSeconds }: PollTiming) => ageSeconds < earlySeconds;
