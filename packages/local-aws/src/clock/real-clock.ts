import type { Clock, Timer } from "./clock.ts";

/** The longest delay that setTimeout takes; it fires at once for more. */
const longestDelayMs = 2 ** 31 - 1;

/** The machine's own time. Nothing can hold it. */
export function realClock(): Clock {
  return { now: Date.now, after, hold: () => () => undefined };
}

function after(delayMs: number, run: () => void): Timer {
  let timeout: NodeJS.Timeout;
  const wait = (leftMs: number): void => {
    timeout = setTimeout(
      () => (leftMs > longestDelayMs ? wait(leftMs - longestDelayMs) : run()),
      Math.min(leftMs, longestDelayMs),
    );
  };
  wait(delayMs);
  return { cancel: () => clearTimeout(timeout) };
}
