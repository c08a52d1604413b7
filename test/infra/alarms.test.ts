import { readFileSync } from "node:fs";
import { metrics, type MetricDefinition } from "@lockmaster/core/contract/metrics.ts";
import { describe, expect, test } from "vitest";
import { alarmsOf } from "@lockmaster/installation/observability/alarm-list.ts";
import { functions } from "@lockmaster/installation/topology/topology.ts";

const site = { partition: "aws", region: "eu-west-1", account: "111122223333", prefix: "lockmaster-production" };
const alarms = alarmsOf(site, { waitingMinutes: 45 });

describe("every alarm", () => {
  test.each(Object.entries(alarms))("%s says what to do, within CloudWatch's limits", (_, alarm) => {
    expect(alarm.description.length).toBeGreaterThan(40);
    expect(alarm.description.length).toBeLessThanOrEqual(1024);
    expect(alarm.periodSeconds % 60).toBe(0);
    expect(alarm.periods * alarm.periodSeconds).toBeLessThanOrEqual(86_400);
  });

  test.each(Object.entries(alarms).filter(([, { namespace }]) => !namespace.startsWith("AWS/")))(
    "%s uses a series that the functions emit",
    (_, { namespace, metric, dimensions }) => {
      expect(namespace).toBe("Lockmaster/lockmaster-production");
      const definition = new Map<string, MetricDefinition>(Object.entries(metrics)).get(metric);
      const series = definition?.by?.values.map((value) => ({ [definition.by?.dimension ?? ""]: value })) ?? [{}];
      expect(series).toContainEqual(dimensions);
      expect(definition).toBeDefined();
    },
  );
});

test("missing data raises only the alarms of metrics that must be emitted regularly", () => {
  const breaching = Object.entries(alarms).filter(([, { missing }]) => missing === "breaching");
  expect(breaching.map(([name]) => name)).toEqual(["reconcile-stale"]);
  expect(alarms["reconcile-stale"]).toMatchObject({ comparison: "LessThanThreshold", threshold: 1, periods: 3 });
});

test("the alarm for waiting releases uses the configured wait limit", () => {
  expect(alarms["release-waiting"]).toMatchObject({ metric: "LongestWait", statistic: "Maximum", threshold: 2700 });
});

test("asynchronous functions have alarms for errors and lost events, every function for throttling", () => {
  expect(Object.keys(alarms).filter((name) => name.endsWith("-errors"))).toEqual([
    "webhook-errors",
    "buildFinished-errors",
    "recover-errors",
    "reconcile-errors",
  ]);
  expect(Object.keys(alarms).filter((name) => name.endsWith("-dropped"))).toHaveLength(3);
  for (const name of Object.keys(functions)) expect(alarms).toHaveProperty(`${name}-throttled`);
});

test("docs/costs.md states their number", () => {
  const costs = readFileSync(new URL("../../docs/costs.md", import.meta.url), "utf8");
  expect(costs).toContain(`| alarms | ${Object.keys(alarms).length} |`);
});
