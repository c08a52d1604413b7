import type { Clock } from "./clock.ts";
import { timeline } from "./timeline.ts";

/** A fixed day, so that nothing in a test depends on when it runs. */
const defaultStart = Date.UTC(2026, 0, 5, 9);
const defaultLimitMs = 30 * 24 * 3600 * 1000;

/** A clock that moves only when a test says so, from timer to timer, as fast as the machine can. */
export type VirtualClock = Clock & {
  /**
   * Lets time pass until `predicate` holds. It is asked whenever nothing is held and the event loop is quiet.
   *
   * @param options.limitMs virtual time after which to give up; 30 days when absent
   * @throws Error when nothing is left to happen, or when the limit is passed
   */
  runUntil(predicate: () => boolean, options?: { limitMs?: number }): Promise<void>;
  /**
   * Lets time pass while somebody outside waits for an answer, and answers what that is. Several may wait at once.
   *
   * @param isAtWork whether anybody works for the answer. Otherwise it is still on its way, or not asked for yet, and
   * nobody can see that: time stands still meanwhile
   */
  during<T>(answer: Promise<T>, isAtWork: () => boolean): Promise<T>;
  /** Lets exactly so much time pass, and everything happen that falls into it. */
  advance(ms: number): Promise<void>;
  /** Waits until nothing is held and the event loop is quiet, without moving time. */
  settle(): Promise<void>;
};

/** @param options.start milliseconds since the epoch; a fixed day when absent */
export function virtualClock({ start = defaultStart }: { start?: number } = {}): VirtualClock {
  const time = timeline(start);
  let driven = false;
  /** One step of time, which everybody in `during` takes together. */
  let step: Promise<void> | undefined;

  /** Two who move time at once would each run timers in the midst of what the other set off. */
  async function drive(run: () => Promise<void>): Promise<void> {
    if (driven) throw new Error("The virtual clock is being moved already: await the other call first.");
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
    settle: () => time.quiet(),
    async during(answer, isAtWork) {
      const wait = { isOver: false };
      const end = (): void => void (wait.isOver = true);
      void answer.then(end, end);
      while (!wait.isOver) {
        step ??= drive(async () => {
          await time.quiet();
          if (!wait.isOver && isAtWork() && time.next() !== undefined) time.fire();
        }).finally(() => (step = undefined));
        await step;
      }
      return await answer;
    },
    runUntil: (predicate, { limitMs = defaultLimitMs } = {}) =>
      drive(async () => {
        const end = time.now() + limitMs;
        for (;;) {
          await time.quiet();
          if (predicate()) return;
          const next = time.next();
          if (next === undefined) {
            throw new Error(
              `At ${instant(time.now())} nothing is left to happen, and what was waited for has not happened.`,
            );
          }
          if (next > end) {
            throw new Error(`What was waited for has not happened within ${limitMs / 1000} s, until ${instant(end)}.`);
          }
          time.fire();
        }
      }),
    advance: (ms) =>
      drive(async () => {
        const end = time.now() + ms;
        for (;;) {
          await time.quiet();
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
