import { describe, expect, it } from "vitest";
import { breakerThreshold } from "./circuit-breaker.ts";

describe("the circuit breaker's threshold", () => {
  it.each([
    { desired: 0, expected: 3 },
    { desired: 1, expected: 3 },
    { desired: 6, expected: 3 },
    { desired: 7, expected: 4 },
    { desired: 25, expected: 13 },
    { desired: 400, expected: 200 },
    { desired: 1000, expected: 200 },
    { desired: 25, type: "BOUNDED_PERCENT", value: 20, expected: 5 },
    { desired: 1, type: "UNBOUNDED_PERCENT", value: 50, expected: 1 },
    { desired: 1000, type: "UNBOUNDED_PERCENT", value: 50, expected: 500 },
    { desired: 1000, type: "COUNT", value: 2, expected: 2 },
  ] as const)("is $expected of $desired tasks", ({ desired, expected, ...rest }) => {
    const thresholdConfiguration = "type" in rest ? { type: rest.type, value: rest.value } : undefined;
    expect(breakerThreshold({ enable: true, rollback: true, thresholdConfiguration }, desired)).toBe(expected);
  });
});
