/** A pending timer. */
export type Timer = { cancel(): void };

/**
 * The only source of time in the local AWS and in the functions that run in it.
 *
 * Time is in milliseconds since the epoch. A virtual clock moves only from timer to timer, and only while it is not held:
 * work outside of timers (a running function, a request that is being answered) holds it.
 */
export type Clock = {
  now(): number;
  /** Runs `run` once, `delayMs` from now. Timers of the same instant run in the order of their creation. */
  after(delayMs: number, run: () => void): Timer;
  /** Holds time until the returned function is called. Calling it again has no effect. */
  hold(): () => void;
};
