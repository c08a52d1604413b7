import { setImmediate } from "node:timers";
import type { Clock } from "./clock.ts";
import { timerQueue } from "./timer-queue.ts";

/**
 * Turns of the event loop without new work after which it counts as quiet. Released work may still pass through sockets and
 * promises of this process, and each such step takes at most one turn. By measurement two turns are enough.
 */
const quietTurns = 4;

/** The common part of the virtual and the paced clock: time that stands still between timers and is moved by its user. */
export type Timeline = Clock & {
  /** The instant of the next timer, undefined when none is pending. */
  next(): number | undefined;
  /** Moves to the next timer and runs it. */
  fire(): void;
  /** Moves to an instant before the next timer. */
  moveTo(at: number): void;
  /** Waits until the clock is not held and the event loop is quiet. */
  waitUntilQuiet(): Promise<void>;
};

/** @param start milliseconds since the epoch */
export function timeline(start: number): Timeline {
  const timers = timerQueue();
  let now = start;
  let held = 0;
  /** Increases with every sign of work. */
  let activity = 0;
  let released: (() => void) | undefined;

  async function waitUntilQuiet(): Promise<void> {
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
      // As in Node, NaN and a negative delay mean "at once".
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
    waitUntilQuiet,
  };
}
