import { setImmediate, setTimeout } from "node:timers/promises";
import { onTestFinished, expect, test } from "vitest";
import { pacedClock } from "./paced-clock.ts";

function started(options: { speed: number; maxPauseMs?: number }): ReturnType<typeof pacedClock> {
  const clock = pacedClock({ start: 0, ...options });
  onTestFinished(() => clock.stop());
  clock.start();
  return clock;
}

/** As a pause, far longer than any test takes. */
const hourMs = 3_600_000;

/** Blocks this thread, like a pause of the machine. */
function blockFor(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test("moves by itself, and stretches a gap to its share of real time", async () => {
  const clock = started({ speed: 1000 });
  const began = performance.now();
  const at = await new Promise<number>((resolve) => clock.after(40_000, () => resolve(clock.now())));
  expect(at).toBe(40_000);
  expect(performance.now() - began).toBeGreaterThanOrEqual(39);
});

test("limits a pause, also while it is interrupted continuously", async () => {
  const clock = started({ speed: 1, maxPauseMs: 30 });
  const fired: number[] = [];
  clock.after(24 * 3600 * 1000, () => void fired.push(clock.now()));
  // Without the limit the pause takes a day.
  while (fired.length === 0) {
    clock.hold()();
    await setTimeout(3);
  }
  expect(fired).toHaveLength(1);
});

test("advances during a pause, never past the next timer", async () => {
  const clock = started({ speed: 1, maxPauseMs: hourMs });
  clock.after(hourMs, () => undefined);
  for (let turn = 0; turn < 10; turn += 1) await setImmediate();
  const early = clock.now();
  blockFor(2);
  expect(clock.now()).toBeGreaterThan(early);

  const fast = started({ speed: 1000 });
  fast.after(5000, () => undefined);
  for (let turn = 0; turn < 10; turn += 1) await setImmediate();
  blockFor(20);
  expect(fast.now()).toBe(5000);
});

test("stands still while held, also when the machine pauses", async () => {
  const clock = started({ speed: 1, maxPauseMs: hourMs });
  let timedOut = false;
  clock.after(hourMs, () => (timedOut = true));
  for (let turn = 0; turn < 10; turn += 1) await setImmediate();
  const release = clock.hold();
  const before = clock.now();
  blockFor(100);
  for (let turn = 0; turn < 10; turn += 1) await setImmediate();
  expect([clock.now(), timedOut]).toEqual([before, false]);
  release();
});

test("runs a timer at once that is added during a pause", async () => {
  const clock = started({ speed: 1, maxPauseMs: hourMs });
  clock.after(hourMs, () => undefined);
  for (let turn = 0; turn < 10; turn += 1) await setImmediate();
  await new Promise<void>((resolve) => clock.after(0, resolve));
  expect(clock.now()).toBeLessThan(hourMs);
});

test("stands still when stopped, and continues when started again", async () => {
  const clock = started({ speed: 1000 });
  clock.stop();
  const fired = new Promise<number>((resolve) => clock.after(1, () => resolve(clock.now())));
  for (let turn = 0; turn < 10; turn += 1) await setImmediate();
  expect(clock.now()).toBe(0);
  clock.start();
  expect(await fired).toBe(1);
});
