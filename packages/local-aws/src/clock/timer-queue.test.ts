import * as fc from "fast-check";
import { expect, test } from "vitest";
import { timerQueue, type QueuedTimer } from "./timer-queue.ts";

const addition = fc.record({ at: fc.integer({ min: 0, max: 20 }), removes: fc.option(fc.nat(30), { nil: undefined }) });

test("returns the remaining timers by instant, and by order of creation within an instant", () => {
  fc.assert(
    fc.property(fc.array(addition, { maxLength: 60 }), (additions) => {
      const queue = timerQueue();
      let expected: QueuedTimer[] = [];
      for (const { at, removes } of additions) {
        expected.push(queue.add(at, () => undefined));
        const removed = removes === undefined ? undefined : expected[removes];
        if (removed === undefined) continue;
        queue.remove(removed);
        queue.remove(removed);
        expected = expected.filter((timer) => timer !== removed);
      }
      const drained: QueuedTimer[] = [];
      for (let timer = queue.first(); timer !== undefined; timer = queue.first()) {
        queue.remove(timer);
        drained.push(timer);
      }
      expect(drained.map(({ order }) => order)).toEqual(
        expected.sort((a, b) => a.at - b.at || a.order - b.order).map(({ order }) => order),
      );
    }),
  );
});
