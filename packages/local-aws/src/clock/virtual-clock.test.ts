import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { virtualClock } from "./virtual-clock.ts";

const never = (): boolean => false;

describe("a virtual clock", () => {
  test("runs timers by time, and by order of creation within an instant, each at its own time", async () => {
    const clock = virtualClock({ start: 1000 });
    const seen: [string, number][] = [];
    const note = (name: string) => () => void seen.push([name, clock.now()]);
    clock.after(50, note("late"));
    clock.after(20, note("first of two"));
    clock.after(20, note("second of two"));
    clock.after(-5, note("past"));
    clock.after(Number.NaN, note("no number"));
    clock.after(30, note("cancelled")).cancel();

    await clock.advance(100);

    expect(seen).toEqual([
      ["past", 1000],
      ["no number", 1000],
      ["first of two", 1020],
      ["second of two", 1020],
      ["late", 1050],
    ]);
    expect(clock.now()).toBe(1100);
  });

  test("stands still until every hold is released, and a repeated release has no effect", async () => {
    const clock = virtualClock({ start: 0 });
    let fired = false;
    clock.after(1, () => (fired = true));
    const release = clock.hold();
    const other = clock.hold();
    const done = clock.runUntil(() => fired);
    other();
    other();
    for (let turn = 0; turn < 50; turn += 1) await setImmediate();
    expect([fired, clock.now()]).toEqual([false, 0]);

    release();
    await done;
    expect([fired, clock.now()]).toEqual([true, 1]);
  });

  test("waits for work that begins a few turns of the event loop after a timer", async () => {
    const clock = virtualClock({ start: 0 });
    const seen: string[] = [];
    clock.after(10, () => {
      void (async () => {
        await setImmediate();
        const release = clock.hold();
        await setImmediate();
        await setImmediate();
        seen.push(`work at ${clock.now()}`);
        release();
      })();
    });
    clock.after(11, () => void seen.push("next timer"));
    await clock.advance(20);
    expect(seen).toEqual(["work at 10", "next timer"]);
  });

  test("moves while work on an awaited answer is in progress, for several answers at once, and no further", async () => {
    const clock = virtualClock({ start: 0 });
    let working = 0;
    const work = async (delayMs: number): Promise<number> => {
      // The request has not arrived yet.
      for (let turn = 0; turn < 20; turn += 1) await setImmediate();
      working += 1;
      await new Promise<void>((resolve) => clock.after(delayMs, resolve));
      working -= 1;
      return clock.now();
    };
    clock.after(60_000, () => expect.unreachable());
    const answers = [30, 10, 20].map((delayMs) => clock.during(work(delayMs), () => working > 0));
    expect(await Promise.all(answers)).toEqual([30, 10, 20]);
    expect(clock.now()).toBe(30);
    await expect(clock.during(Promise.reject(new Error("refused")), () => false)).rejects.toThrow("refused");
  });

  test("waits until it is quiet without moving time", async () => {
    const clock = virtualClock({ start: 5 });
    clock.after(0, () => expect.unreachable());
    await clock.waitUntilQuiet();
    expect(clock.now()).toBe(5);
  });

  test("throws when no timer is left, or when the limit is exceeded", async () => {
    const clock = virtualClock({ start: 0 });
    await expect(clock.runUntil(never)).rejects.toThrow(/no timer is left at 1970-01-01T00:00:00.000Z/);
    const tick = (): void => void clock.after(60_000, tick);
    tick();
    await expect(clock.runUntil(never, { limitMs: 90_000 })).rejects.toThrow(/not met within 90 s/);
    expect(clock.now()).toBe(60_000);
  });

  test("rethrows a timer's error, and can be moved again", async () => {
    const clock = virtualClock({ start: 0 });
    clock.after(1, () => {
      throw new Error("from the timer");
    });
    await expect(clock.advance(2)).rejects.toThrow("from the timer");
    await clock.advance(2);
    expect(clock.now()).toBe(3);
  });

  test("refuses to be moved by two calls at once", async () => {
    const clock = virtualClock();
    const first = clock.advance(1);
    await expect(clock.advance(1)).rejects.toThrow(/already being moved/);
    await first;
  });
});
