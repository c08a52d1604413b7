import { expect, test } from "vitest";
import { prices, releaseCost } from "./prices.ts";

test("a release of the usual size costs about two cents", () => {
  const { items, totalUsd } = releaseCost({
    stateTransitions: 100,
    invocations: Array.from({ length: 30 }, () => ({ durationMs: 500, memoryMegabytes: 256 })),
    buildMinutes: [5],
  });

  expect(items.map(({ item, quantity }) => [item, quantity])).toEqual([
    ["stateTransition", 100],
    ["lambdaGigabyteSecond", 3.75],
    ["lambdaRequest", 30],
    ["buildMinute", 5],
  ]);
  expect(totalUsd).toBeCloseTo(0.0025 + 0.00005 + 0.000006 + 0.017, 6);
});

test("every build is billed by the whole minute", () => {
  expect(releaseCost({ stateTransitions: 0, invocations: [], buildMinutes: [0.5, 1.1] }).items).toEqual([
    { item: "buildMinute", quantity: 3, usd: 3 * prices.buildMinute.usd },
  ]);
});

test("every price names its source on AWS's pages and its date", () => {
  for (const { source, date, usd } of Object.values(prices)) {
    expect(source).toMatch(/^https:\/\/aws\.amazon\.com\//);
    expect(date).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(usd).toBeGreaterThan(0);
  }
});
