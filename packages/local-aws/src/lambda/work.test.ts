import * as fc from "fast-check";
import { expect, test } from "vitest";
import { virtualClock } from "../clock/virtual-clock.ts";
import { instanceWork } from "./work.ts";

/** Counts the holds of the clock. */
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

test("lets time pass exactly while all replies are delayed, or, without requests, while a timer is pending", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      const { clock, held } = countingClock();
      const work = instanceWork(clock);
      work.thaw();
      const model = { open: 0, parkReply: 0, addTimer: 0 };
      const running: { kind: Kind; stop: () => void }[] = [];
      for (const step of actions) {
        if ("start" in step) {
          // A server delays only replies to requests that it has received.
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
        // The next test covers abandoned requests.
        if (model.parkReply > model.open) return;
        const waits = model.open === 0 ? model.addTimer > 0 : model.open === model.parkReply;
        expect(held()).toBe(waits ? 0 : 1);
      }
      work.end();
      expect(held()).toBe(0);
    }),
  );
});

test("does not count the delayed reply of an abandoned request, though the server still delays it", () => {
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

test("never holds the clock after its end", () => {
  const { clock, held } = countingClock();
  const work = instanceWork(clock);
  work.thaw();
  work.end();
  const closed = work.open();
  closed();
  expect(held()).toBe(0);
});
