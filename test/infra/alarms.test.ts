import { readFileSync } from "node:fs";
import { metrics, type MetricDefinition } from "@lockmaster/core/contract/metrics.ts";
import { describe, expect, test } from "vitest";
import { alarmsOf } from "@lockmaster/installation/observability/alarm-list.ts";
import { functions } from "@lockmaster/installation/topology/topology.ts";

const place = { partition: "aws", region: "eu-west-1", account: "111122223333", prefix: "lockmaster-production" };
const alarms = alarmsOf(place, { waitingMinutes: 45 });

describe("every alarm", () => {
  test.each(Object.entries(alarms))("%s says what to do, within what CloudWatch takes", (_, alarm) => {
    expect(alarm.description.length).toBeGreaterThan(40);
    expect(alarm.description.length).toBeLessThanOrEqual(1024);
    expect(alarm.periodSeconds % 60).toBe(0);
    expect(alarm.periods * alarm.periodSeconds).toBeLessThanOrEqual(86_400);
  });

  test.each(Object.entries(alarms).filter(([, { namespace }]) => !namespace.startsWith("AWS/")))(
    "%s is of a series that the functions tell",
    (_, { namespace, metric, dimensions }) => {
      expect(namespace).toBe("Lockmaster/lockmaster-production");
      const definition = new Map<string, MetricDefinition>(Object.entries(metrics)).get(metric);
      const series = definition?.by?.values.map((value) => ({ [definition.by?.dimension ?? ""]: value })) ?? [{}];
      expect(series).toContainEqual(dimensions);
      expect(definition).toBeDefined();
    },
  );
});

test("silence is an alarm where something has to be heard, and nowhere else", () => {
  const breaching = Object.entries(alarms).filter(([, { missing }]) => missing === "breaching");
  expect(breaching.map(([name]) => name)).toEqual(["reconcile-stale"]);
  expect(alarms["reconcile-stale"]).toMatchObject({ comparison: "LessThanThreshold", threshold: 1, periods: 3 });
});

test("a release may wait as long as the installation says", () => {
  expect(alarms["release-waiting"]).toMatchObject({ metric: "LongestWait", statistic: "Maximum", threshold: 2700 });
});

test("functions that nobody waits for tell of errors and lost events, every function of throttling", () => {
  expect(Object.keys(alarms).filter((name) => name.endsWith("-errors"))).toEqual([
    "webhook-errors",
    "buildFinished-errors",
    "recover-errors",
    "reconcile-errors",
  ]);
  expect(Object.keys(alarms).filter((name) => name.endsWith("-dropped"))).toHaveLength(3);
  for (const name of Object.keys(functions)) expect(alarms).toHaveProperty(`${name}-throttled`);
});

test("docs/costs.md counts them all", () => {
  const costs = readFileSync(new URL("../../docs/costs.md", import.meta.url), "utf8");
  expect(costs).toContain(`| alarms | ${Object.keys(alarms).length} |`);
});
