/** A pending timer. */
export type Timer = { cancel(): void };

/**
 * The one source of time for everything in the local AWS and for the functions that run in it.
 *
 * Time is in milliseconds since the epoch. A virtual clock moves only from timer to timer, and only while nothing is
 * held: whoever works outside of timers (a function under way, a request being answered) holds it meanwhile.
 */
export type Clock = {
  now(): number;
  /** Runs `run` once, `delayMs` from now. Timers of the same instant run in the order in which they were made. */
  after(delayMs: number, run: () => void): Timer;
  /** Keeps time from moving until the returned function is called (once; further calls do nothing). */
  hold(): () => void;
};
