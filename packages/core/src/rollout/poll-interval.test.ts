import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bakeRetrySeconds, retryAfterSeconds, type PollTiming } from "./poll-interval.ts";

const timing = (ageSeconds: number, deadlineSeconds: number, bakeSeconds = 0): PollTiming => ({
  ageSeconds,
  deadlineSeconds,
  longestSeconds: deadlineSeconds + bakeSeconds,
});
const deadlines = fc.integer({ min: 60, max: 259_200 });
const bakes = fc.nat(86_400);

describe("the next poll", () => {
  it.each([
    [0, 20],
    [5, 15],
    [20, 10],
    [40, 10],
    [100, 25],
    [180, 45],
    [3599, 45],
    [3600, 320],
    [86_400, 320],
  ])("at an age of %i seconds is %i seconds away", (age, seconds) => {
    expect(retryAfterSeconds(timing(age, 259_200))).toBe(seconds);
  });
  it("is at most 428 seconds away, with the latest deadline and the longest bake", () => {
    expect(retryAfterSeconds(timing(3600, 259_200, 86_400))).toBe(428);
  });
  it("stays below two minutes, late as well, when a release takes no longer than a day", () => {
    fc.assert(
      fc.property(fc.nat(86_400), fc.integer({ min: 60, max: 86_400 }), (age, deadline) => {
        expect(retryAfterSeconds(timing(age, deadline))).toBeLessThan(120);
      }),
    );
  });
  it("is never past the deadline and never immediate", () => {
    fc.assert(
      fc.property(fc.nat(300_000), deadlines, bakes, (age, deadline, bake) => {
        const seconds = retryAfterSeconds(timing(age, deadline, bake));
        expect(seconds).toBeGreaterThanOrEqual(1);
        expect(seconds).toBeLessThanOrEqual(Math.max(1, deadline - age));
      }),
    );
  });
  it("comes when the bake time ends, within the first hour", () => {
    expect(bakeRetrySeconds(timing(600, 1200, 60), 30)).toBe(30);
    expect(bakeRetrySeconds(timing(600, 1200, 60), 3)).toBe(10);
    expect(bakeRetrySeconds(timing(600, 1200, 3600), 3000)).toBe(45);
  });
  it("comes so rarely that rollout and rollback fit into an execution's history, however often a bake is interrupted", () => {
    fc.assert(
      fc.property(deadlines, bakes, fc.infiniteStream(fc.boolean()), (deadline, bake, breaks) => {
        let polls = 0;
        for (let age = 0; age < deadline + bake; polls += 1) {
          const now = timing(age, deadline, bake);
          const baking = age >= deadline || breaks.next().value === true;
          age += baking ? bakeRetrySeconds(now, 1) : retryAfterSeconds(now);
        }
        expect(polls).toBeLessThanOrEqual(1200);
      }),
      { examples: [[259_200, 86_400, fc.stream([false].values())]] },
    );
  });
});
