import { describe, expect, test } from "vitest";
import { answerDelay, drawMs, withAnswerDelay, usualLatency } from "./latency.ts";
import type { Call, Caller } from "../protocol/service.ts";
import { randomSequence } from "./random.ts";
import { virtualClock } from "../clock/virtual-clock.ts";

const fromFunction: Caller = { kind: "function", functionName: "check-health", invocationId: "1" };
const fromOutside: Caller = { kind: "outside", accessKeyId: "AKIAEXAMPLE" };
const answer = { status: 200, headers: {}, body: "{}" };

function rig() {
  const clock = virtualClock({ start: 0 });
  const parked: Caller[] = [];
  const parkReply = (caller: Caller) => {
    parked.push(caller);
    return () => void parked.splice(parked.indexOf(caller), 1);
  };
  const delay = answerDelay({
    clock,
    random: randomSequence(1),
    latency: { start: [0, 0], resume: [0, 0], answer: [8, 25] },
    parkReply,
  });
  const call = (caller: Caller, around?: Parameters<typeof withAnswerDelay>[1]) => {
    const request: Call = { service: "ecs", operation: "DescribeServices", requestId: "1", caller };
    return withAnswerDelay(delay, around)(
      request,
      async () => answer,
      (pause) => pause(),
    );
  };
  return { clock, parked, call };
}

describe("an answer", () => {
  test("to a function is delayed, and the function does not hold the clock during the delay", async () => {
    const { clock, parked, call } = rig();
    const called = call(fromFunction);
    await clock.waitUntilQuiet();
    expect(parked).toEqual([fromFunction]);
    await clock.advance(7);
    expect(parked).toHaveLength(1);
    await clock.advance(18);
    expect(parked).toEqual([]);
    expect(await called).toBe(answer);
  });

  test("to a caller from outside is not delayed", async () => {
    const { clock, call } = rig();
    expect(await call(fromOutside)).toBe(answer);
    expect(clock.now()).toBe(0);
  });

  test("is delayed after the wrapped call, which can fail", async () => {
    const { call } = rig();
    await expect(call(fromFunction, () => Promise.reject(new Error("broken off")))).rejects.toThrow("broken off");
  });
});

test("times come from the whole range, and are the same for the same seed", () => {
  const draw = (seed: number) => {
    const random = randomSequence(seed);
    return Array.from({ length: 1000 }, () => drawMs(usualLatency.answer, random));
  };
  expect([Math.min(...draw(1)), Math.max(...draw(1))]).toEqual(usualLatency.answer);
  expect(draw(2)).toEqual(draw(2));
  expect(draw(2)).not.toEqual(draw(3));
});
