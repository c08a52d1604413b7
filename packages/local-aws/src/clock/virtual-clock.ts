import type { Clock } from "./clock.ts";
import { timeline } from "./timeline.ts";

/** A fixed day, so that tests do not depend on the current date. */
const defaultStart = Date.UTC(2026, 0, 5, 9);
const defaultLimitMs = 30 * 24 * 3600 * 1000;

/** A clock that moves only when its methods are called, from timer to timer, as fast as the machine can. */
export type VirtualClock = Clock & {
  /**
   * Moves time until `predicate` holds. It is evaluated whenever the clock is not held and the event loop is quiet.
   *
   * @param options.limitMs maximum virtual time; 30 days when absent
   * @throws Error when no timer is left, or when the limit is exceeded
   */
  runUntil(predicate: () => boolean, options?: { limitMs?: number }): Promise<void>;
  /**
   * Moves time while a caller outside of the local AWS waits for an answer, and returns the answer. Several calls can run at
   * once.
   *
   * @param isWorking whether work on the answer is in progress. Otherwise the request has not arrived yet, and time stands
   * still
   */
  during<T>(answer: Promise<T>, isWorking: () => boolean): Promise<T>;
  /** Moves time by `ms` and runs all timers within it. */
  advance(ms: number): Promise<void>;
  /** Waits until the clock is not held and the event loop is quiet, without moving time. */
  waitUntilQuiet(): Promise<void>;
};

/** @param options.start milliseconds since the epoch; a fixed day when absent */
export function virtualClock({ start = defaultStart }: { start?: number } = {}): VirtualClock {
  const time = timeline(start);
  let driven = false;
  /** One step of time, which all calls of `during` share. */
  let step: Promise<void> | undefined;

  /** Allows one mover at a time: two would run timers in the middle of each other's work. */
  async function drive(run: () => Promise<void>): Promise<void> {
    if (driven) throw new Error("The virtual clock is already being moved; await the other call first");
    driven = true;
    try {
      await run();
    } finally {
      driven = false;
    }
  }

  return {
    now: () => time.now(),
    after: (delayMs, run) => time.after(delayMs, run),
    hold: () => time.hold(),
    waitUntilQuiet: () => time.waitUntilQuiet(),
    async during(answer, isWorking) {
      const wait = { ended: false };
      const end = (): void => void (wait.ended = true);
      void answer.then(end, end);
      while (!wait.ended) {
        step ??= drive(async () => {
          await time.waitUntilQuiet();
          if (!wait.ended && isWorking() && time.next() !== undefined) time.fire();
        }).finally(() => (step = undefined));
        await step;
      }
      return await answer;
    },
    runUntil: (predicate, { limitMs = defaultLimitMs } = {}) =>
      drive(async () => {
        const end = time.now() + limitMs;
        for (;;) {
          await time.waitUntilQuiet();
          if (predicate()) return;
          const next = time.next();
          if (next === undefined) {
            throw new Error(`The awaited condition is not met, and no timer is left at ${instant(time.now())}`);
          }
          if (next > end) {
            throw new Error(`The awaited condition was not met within ${limitMs / 1000} s, until ${instant(end)}`);
          }
          time.fire();
        }
      }),
    advance: (ms) =>
      drive(async () => {
        const end = time.now() + ms;
        for (;;) {
          await time.waitUntilQuiet();
          const next = time.next();
          if (next === undefined || next > end) break;
          time.fire();
        }
        time.moveTo(end);
      }),
  };
}

function instant(at: number): string {
  return new Date(at).toISOString();
}
