import { setImmediate } from "node:timers";
import type { Clock } from "./clock.ts";
import { timerQueue } from "./timer-queue.ts";

/**
 * Turns of the event loop without new work after which it counts as quiet. What was just released may still be on its way
 * through sockets and promises of this process, and each such hop is seen within one turn; measured, two are enough.
 */
const quietTurns = 4;

/** Time that stands still between timers and is moved from outside: what the virtual and the paced clock share. */
export type Timeline = Clock & {
  /** The instant of the next timer, undefined when none is pending. */
  next(): number | undefined;
  /** Moves to the next timer and runs it. */
  fire(): void;
  /** Moves to an instant before the next timer. */
  moveTo(at: number): void;
  /** Settles when nothing is held and the event loop has gone quiet. */
  quiet(): Promise<void>;
};

/** @param start milliseconds since the epoch */
export function timeline(start: number): Timeline {
  const timers = timerQueue();
  let now = start;
  let held = 0;
  /** Grows with everything that shows that somebody is at work. */
  let activity = 0;
  let released: (() => void) | undefined;

  async function quiet(): Promise<void> {
    let seen = -1;
    for (let turns = 0; turns < quietTurns; turns += 1) {
      if (held > 0) await new Promise<void>((resolve) => (released = resolve));
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (held > 0 || activity !== seen) turns = -1;
      seen = activity;
    }
  }

  return {
    now: () => now,
    after(delayMs, run) {
      activity += 1;
      // As in Node, what is no number and what lies in the past mean "at once".
      const timer = timers.add(now + (delayMs > 0 ? Math.ceil(delayMs) : 0), run);
      return { cancel: () => timers.remove(timer) };
    },
    hold() {
      held += 1;
      activity += 1;
      let holding = true;
      return () => {
        if (!holding) return;
        holding = false;
        held -= 1;
        if (held === 0) released?.();
      };
    },
    next: () => timers.first()?.at,
    fire() {
      const timer = timers.first();
      if (timer === undefined) return;
      timers.remove(timer);
      now = timer.at;
      timer.run();
    },
    moveTo(at) {
      now = at;
    },
    quiet,
  };
}
