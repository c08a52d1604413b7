import type { Clock, Timer } from "./clock.ts";

/** The maximum delay of setTimeout, which fires at once for longer delays. */
const maxDelayMs = 2 ** 31 - 1;

/** The machine's time. It cannot be held. */
export function realClock(): Clock {
  return { now: Date.now, after, hold: () => () => undefined };
}

function after(delayMs: number, run: () => void): Timer {
  let timeout: NodeJS.Timeout;
  const wait = (leftMs: number): void => {
    timeout = setTimeout(() => (leftMs > maxDelayMs ? wait(leftMs - maxDelayMs) : run()), Math.min(leftMs, maxDelayMs));
  };
  wait(delayMs);
  return { cancel: () => clearTimeout(timeout) };
}
