import type { Clock } from "../clock/clock.ts";
import type { Around } from "../protocol/dispatch.ts";
import type { Caller } from "../protocol/service.ts";

/** Minimum and maximum in milliseconds; all values in between are equally likely. */
type Range = readonly [number, number];

/** Durations on the clock, in milliseconds. */
export type Latency = {
  /** From an invocation until the function's code runs, in a new instance. */
  start: Range;
  /** The same in an existing instance. */
  resume: Range;
  /** From a function's call to AWS or GitHub until the function receives the answer. */
  answer: Range;
};

/** Cold starts of a small Node function, and calls within one region. */
export const usualLatency: Latency = { start: [180, 400], resume: [2, 8], answer: [8, 25] };
/** Functions that take no time: for tests on the machine's own clock. */
export const noLatency: Latency = { start: [0, 0], resume: [0, 0], answer: [0, 0] };

/** @param random a number in [0, 1) */
export function drawMs([min, max]: Range, random: () => number): number {
  return Math.round(min + (max - min) * random());
}

export type AnswerDelayOptions = {
  clock: Clock;
  random: () => number;
  latency: Latency;
  /** See `LambdaRuntime.parkReply`. */
  parkReply: (caller: Caller) => () => void;
};

/** Waits for the time that an answer takes to reach a function. Does not wait for callers from outside. */
export type AnswerDelay = (caller: Caller | undefined) => Promise<void>;

export function answerDelay({ clock, random, latency, parkReply }: AnswerDelayOptions): AnswerDelay {
  return async (caller) => {
    if (caller?.kind !== "function") return;
    const delayMs = drawMs(latency.answer, random);
    if (delayMs === 0) return;
    const resume = parkReply(caller);
    await new Promise<void>((resolve) => {
      clock.after(delayMs, () => {
        resume();
        resolve();
      });
    });
  };
}

/** Delays the answers of `around` to functions. */
export function withAnswerDelay(delay: AnswerDelay, around: Around = (_, run) => run()): Around {
  return async (call, run, park) => {
    const answer = await around(call, run, park);
    if (call.caller.kind === "function") await park(() => delay(call.caller));
    return answer;
  };
}
