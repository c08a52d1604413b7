import type { Clock } from "../../clock.ts";

type Pending = { at: number; run: () => void };

/** A clock that jumps from timer to timer while nothing holds it. */
export function testClock(
  start = Date.parse("2026-01-01T00:00:00Z"),
): Clock & { idle(): Promise<void>; pending(): number } {
  let now = start;
  let held = 0;
  let timers: Pending[] = [];
  const settle = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => now,
    after(delayMs, run) {
      const timer = { at: now + delayMs, run };
      timers.push(timer);
      return { cancel: () => void (timers = timers.filter((other) => other !== timer)) };
    },
    hold() {
      held += 1;
      let open = true;
      return () => {
        if (open) held -= 1;
        open = false;
      };
    },
    pending: () => timers.length,
    async idle() {
      for (;;) {
        await settle();
        if (held > 0) continue;
        const next = timers.toSorted((one, other) => one.at - other.at)[0];
        if (next === undefined) return;
        timers = timers.filter((other) => other !== next);
        now = Math.max(now, next.at);
        next.run();
      }
    },
  };
}
