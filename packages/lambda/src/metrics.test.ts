import { afterEach, expect, test, vi } from "vitest";
import { embeddedMetrics } from "./metrics.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** The lines that reach the function's log. */
function written(): unknown[] {
  const lines: unknown[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    const text = String(chunk);
    expect(text.endsWith("\n")).toBe(true);
    lines.push(JSON.parse(text));
    return true;
  });
  return lines;
}

test("writes each measurement as a line in the embedded metric format", () => {
  vi.useFakeTimers({ now: new Date("2026-11-20T10:00:00Z") });
  const lines = written();

  embeddedMetrics("Lockmaster/shop").record(
    [
      { metric: "Releases", of: "rolled-back", value: 1 },
      { metric: "PhaseDuration", of: "rollout", value: 312.5 },
    ],
    { release: "one", environment: "staging" },
  );

  const about = { release: "one", environment: "staging" };
  const metadata = (Dimension: string, metric: object) => ({
    Timestamp: Date.parse("2026-11-20T10:00:00Z"),
    CloudWatchMetrics: [{ Namespace: "Lockmaster/shop", Dimensions: [[Dimension]], Metrics: [metric] }],
  });
  expect(lines).toEqual([
    { ...about, Outcome: "rolled-back", Releases: 1, _aws: metadata("Outcome", { Name: "Releases", Unit: "Count" }) },
    {
      ...about,
      Phase: "rollout",
      PhaseDuration: 312.5,
      _aws: metadata("Phase", { Name: "PhaseDuration", Unit: "Seconds" }),
    },
  ]);
});

test("writes a metric without dimension with an empty set of dimensions", () => {
  const lines = written();
  embeddedMetrics("Lockmaster/shop").record([{ metric: "Reconciliations", value: 1 }]);
  expect(lines).toEqual([
    expect.objectContaining({
      Reconciliations: 1,
      _aws: expect.objectContaining({ CloudWatchMetrics: [expect.objectContaining({ Dimensions: [[]] })] }),
    }),
  ]);
});

test("shows what a metric is about without what a terminal interprets", () => {
  const lines = written();
  embeddedMetrics("Lockmaster/shop").record([{ metric: "UnprocessedDeliveries", value: 1 }], {
    delivery: `\u009B2J${"a".repeat(1_000_000)}`,
  });
  expect(lines).toEqual([expect.objectContaining({ delivery: expect.stringMatching(/^\\u009b2Ja+… \(1000003 char/) })]);
});
