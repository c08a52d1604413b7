import type { Clock } from "./clock.ts";
import { timeline } from "./timeline.ts";

const defaultPauseMs = 2000;

/**
 * A virtual clock that moves by itself, and stretches its jumps so that a person can follow. It is not a multiple of real
 * time: time stands still while anything works, so that a pause of the machine causes no timeout.
 */
export type PacedClock = Clock & {
  start(): void;
  /** Stops moving. Pending timers stay pending. */
  stop(): void;
};

type PacedClockOptions = {
  /** Seconds of the clock that pass in one real second between events. */
  speed: number;
  /** Maximum pause between two events, in real milliseconds; two seconds when absent. */
  maxPauseMs?: number;
  /** Milliseconds since the epoch; the machine's time when absent. */
  start?: number;
};

/** A pause before the next timer: `rate` milliseconds of the clock for each real millisecond after `since` (performance.now). */
type Passage = { from: number; to: number; rate: number; since: number };

export function pacedClock({ speed, maxPauseMs = defaultPauseMs, start = Date.now() }: PacedClockOptions): PacedClock {
  const time = timeline(start);
  let run: symbol | undefined;
  /** Ends the current pause or wait; undefined while there is none and time stands still. */
  let wake: (() => void) | undefined;
  let passage: Passage | undefined;

  /** Moves time according to the current pause, never past its timer. */
  function flow(): number {
    if (wake !== undefined && passage !== undefined) {
      const { from, to, rate, since } = passage;
      time.moveTo(Math.min(to, Math.floor(from + (performance.now() - since) * rate)));
    }
    return time.now();
  }

  async function pause(to: number | undefined): Promise<void> {
    const from = time.now();
    // The rate stays the same for the same timer: repeated interruptions must not extend the pause.
    const since = performance.now();
    if (to === undefined) passage = undefined;
    else if (passage?.to === to) passage = { ...passage, from, since };
    else passage = { from, to, rate: Math.max(speed, (to - from) / maxPauseMs), since };

    let timeout: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      wake = () => {
        flow();
        wake = undefined;
        resolve();
      };
      if (passage !== undefined) timeout = setTimeout(wake, Math.ceil((passage.to - from) / passage.rate));
    });
    clearTimeout(timeout);
  }

  async function move(mine: symbol): Promise<void> {
    for (;;) {
      await time.waitUntilQuiet();
      if (run !== mine) return;
      const next = time.next();
      if (next !== undefined && next <= time.now()) time.fire();
      else await pause(next);
    }
  }

  return {
    now: flow,
    after(delayMs, action) {
      wake?.();
      return time.after(delayMs, action);
    },
    hold() {
      wake?.();
      return time.hold();
    },
    start() {
      if (run !== undefined) return;
      run = Symbol("run");
      void move(run);
    },
    stop() {
      run = undefined;
      wake?.();
    },
  };
}
