import * as fc from "fast-check";
import { expect, test } from "vitest";
import { virtualClock } from "../clock/virtual-clock.ts";
import { instanceWork } from "./work.ts";

/** Counts who holds the clock, in place of moving it. */
function countingClock() {
  const clock = virtualClock();
  let held = 0;
  return {
    held: () => held,
    clock: {
      now: () => clock.now(),
      after: (delayMs: number, run: () => void) => clock.after(delayMs, run),
      hold() {
        held += 1;
        return () => {
          held -= 1;
        };
      },
    },
  };
}

type Kind = "open" | "parkReply" | "addTimer";
const action = fc.oneof(
  fc.record({ start: fc.constantFrom<Kind>("open", "parkReply", "addTimer") }),
  fc.record({ stop: fc.nat(10) }),
);

test("lets time pass exactly while every request is kept back, or, without requests, while a timer is pending", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      const { clock, held } = countingClock();
      const work = instanceWork(clock);
      work.thaw();
      const model = { open: 0, parkReply: 0, addTimer: 0 };
      const running: { kind: Kind; stop: () => void }[] = [];
      for (const step of actions) {
        if ("start" in step) {
          // A server keeps back only what it has received.
          if (step.start === "parkReply" && model.parkReply === model.open) continue;
          running.push({ kind: step.start, stop: work[step.start]() });
          model[step.start] += 1;
        } else {
          const [stopped] = running.splice(step.stop, 1);
          if (stopped === undefined) continue;
          stopped.stop();
          stopped.stop();
          model[stopped.kind] -= 1;
        }
        // What follows a request that was given up is the next test's.
        if (model.parkReply > model.open) return;
        const waits = model.open === 0 ? model.addTimer > 0 : model.open === model.parkReply;
        expect(held()).toBe(waits ? 0 : 1);
      }
      work.end();
      expect(held()).toBe(0);
    }),
  );
});

test("forgets the kept reply of a request that was given up, though the server has not", () => {
  const { clock, held } = countingClock();
  const work = instanceWork(clock);
  work.thaw();
  const closed = work.open();
  const resumed = work.parkReply();
  expect(held()).toBe(0);
  closed();
  expect(held()).toBe(1);
  work.open();
  expect(held()).toBe(1);
  resumed();
  expect(held()).toBe(1);
});

test("holds nothing after its end, whatever is still reported", () => {
  const { clock, held } = countingClock();
  const work = instanceWork(clock);
  work.thaw();
  work.end();
  const closed = work.open();
  closed();
  expect(held()).toBe(0);
});
