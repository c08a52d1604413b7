import * as fc from "fast-check";
import { expect, test } from "vitest";
import { timerQueue, type QueuedTimer } from "./timer-queue.ts";

const addition = fc.record({ at: fc.integer({ min: 0, max: 20 }), removes: fc.option(fc.nat(30), { nil: undefined }) });

test("hands out what was not removed by instant, and by order of creation within one", () => {
  fc.assert(
    fc.property(fc.array(addition, { maxLength: 60 }), (additions) => {
      const queue = timerQueue();
      let expected: QueuedTimer[] = [];
      for (const { at, removes } of additions) {
        expected.push(queue.add(at, () => undefined));
        const victim = removes === undefined ? undefined : expected[removes];
        if (victim === undefined) continue;
        queue.remove(victim);
        queue.remove(victim);
        expected = expected.filter((timer) => timer !== victim);
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
