import type { Clock } from "../clock/clock.ts";
import type { Around } from "../protocol/dispatch.ts";
import type { Caller } from "../protocol/service.ts";

/** Shortest and longest, in milliseconds; anything in between is equally likely. */
type Span = readonly [number, number];

/** How long what functions do takes on the clock, in milliseconds. */
export type Latency = {
  /** From an invocation until the function's code runs, in a new instance. */
  start: Span;
  /** The same, in an instance that exists already. */
  resume: Span;
  /** From a function's call to AWS or GitHub until it has the answer. */
  answer: Span;
};

/** A small function in Node that starts cold, and calls within one region. */
export const usualLatency: Latency = { start: [180, 400], resume: [2, 8], answer: [8, 25] };
/** Functions that take no time: for tests on the machine's own clock. */
export const noLatency: Latency = { start: [0, 0], resume: [0, 0], answer: [0, 0] };

/** @param random a number in [0, 1) */
export function drawMs([shortest, longest]: Span, random: () => number): number {
  return Math.round(shortest + (longest - shortest) * random());
}

export type AnswerDelayOptions = {
  clock: Clock;
  random: () => number;
  latency: Latency;
  /** See `LambdaRuntime.parkReply`. */
  parkReply: (caller: Caller) => () => void;
};

/** Waits as long as an answer takes to reach this caller. Callers from outside have a network of their own: no time. */
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

/** Delays the answers to functions, after `around` has done its part. */
export function withAnswerDelay(delay: AnswerDelay, around: Around = (_, run) => run()): Around {
  return async (call, run, park) => {
    const answer = await around(call, run, park);
    if (call.caller.kind === "function") await park(() => delay(call.caller));
    return answer;
  };
}
