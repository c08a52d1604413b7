import { metrics, type MetricDefinition } from "@lockmaster/core/contract/metrics.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { largeConfiguration } from "@lockmaster/installation/permissions/large-configuration.fixture.ts";
import { dashboardBody } from "@lockmaster/installation/observability/dashboard-body.ts";
import shipped from "../../examples/shop/lockmaster.config.ts";

const site = { partition: "aws", region: "eu-west-1", account: "111122223333", prefix: "lockmaster-production" };
const configuration = validateConfiguration(shipped);

const Graph = v.object({
  title: v.string(),
  region: v.literal(site.region),
  stat: v.string(),
  metrics: v.array(v.array(v.union([v.string(), v.record(v.string(), v.string())]))),
});
const byText = (one: string, other: string): number => one.localeCompare(other);
const graphsOf = (of = configuration) =>
  dashboardBody(site, of).widgets.map(({ properties }) => v.parse(Graph, properties));
const seriesOf = (of = configuration) => graphsOf(of).flatMap((graph) => graph.metrics);

describe("the dashboard", () => {
  test("has no widget that overlaps another or exceeds the width", () => {
    const taken = new Set<string>();
    for (const { x, y, width, height } of dashboardBody(site, configuration).widgets) {
      expect(x + width).toBeLessThanOrEqual(24);
      for (let column = x; column < x + width; column += 1) {
        for (let row = y; row < y + height; row += 1) {
          expect(taken.has(`${column} ${row}`)).toBe(false);
          taken.add(`${column} ${row}`);
        }
      }
    }
  });

  test("shows exactly the series that the functions emit", () => {
    const shown = seriesOf().filter(([namespace]) => namespace === "Lockmaster/lockmaster-production");
    const emitted = Object.entries<MetricDefinition>(metrics).flatMap(([name, { by }]) =>
      by === undefined ? [name] : by.values.map((value) => `${name} ${by.dimension} ${value}`),
    );
    const names = shown.map((series) => series.filter((part) => typeof part === "string").slice(1));
    // An alarm watches it.
    expect(names.map((parts) => parts.join(" ")).toSorted(byText)).toEqual(
      emitted.filter((series) => series !== "Reconciliations").toSorted(byText),
    );
  });

  test.each(["staging", "production"])("shows CPU, memory, running and desired tasks of each service of %s", (name) => {
    for (const service of ["frontend", "backend", "worker"]) {
      const dimensions = ["ClusterName", `shop-${name}`, "ServiceName", service];
      for (const [namespace, metric] of [
        ["AWS/ECS", "CPUUtilization"],
        ["AWS/ECS", "MemoryUtilization"],
        ["ECS/ContainerInsights", "RunningTaskCount"],
        ["ECS/ContainerInsights", "DesiredTaskCount"],
      ]) {
        expect(seriesOf()).toContainEqual(expect.arrayContaining([namespace, metric, ...dimensions]));
      }
    }
  });

  test("marks graphs that need Container Insights", () => {
    const graphs = graphsOf().filter((graph) =>
      graph.metrics.some(([namespace]) => namespace === "ECS/ContainerInsights"),
    );
    expect(graphs).toHaveLength(2);
    for (const { title } of graphs) expect(title).toContain("Container Insights");
  });

  test("shows an environment's metrics from its account and region", () => {
    const inOtherAccount = structuredClone(configuration);
    const production = inOtherAccount.repositories["acme/shop"]?.environments["production"];
    if (production === undefined) throw new Error("The demonstration shop has no production");
    production.account = { role: "arn:aws:iam::444455556666:role/lockmaster", region: "us-east-1" };
    const options = seriesOf(inOtherAccount)
      .filter((series) => series.includes("shop-production"))
      .map((series) => series.at(-1));
    expect(options).toHaveLength(12);
    for (const option of options) expect(option).toMatchObject({ accountId: "444455556666", region: "us-east-1" });
  });
});

test.each([
  ["200 environments", { environments: 200 }],
  ["20 environments with 50 services", { environments: 20, services: 50 }],
  ["600 repositories", { repositories: 600 }],
])("a dashboard of %s is within CloudWatch's quotas, and says what it leaves out", (_, size) => {
  const { widgets } = dashboardBody(site, largeConfiguration(size));
  const series = widgets.map(
    ({ properties }) => v.parse(v.optional(v.array(v.unknown()), []), properties["metrics"]).length,
  );
  expect(widgets.length).toBeLessThanOrEqual(500);
  expect(series.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(2500);
  expect(Math.max(...series)).toBeLessThanOrEqual(500);
  expect(widgets.at(-1)).toMatchObject({
    type: "text",
    properties: { markdown: expect.stringMatching(/^\d+ more environments are not shown/) },
  });
});
