import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { metrics, type MetricDefinition } from "../contract/metrics.ts";
import { prices, type Price } from "./prices.ts";

const documentation = readFileSync(new URL("../../../../docs/costs.md", import.meta.url), "utf8");
const known = new Map<string, Price>(Object.entries(prices));

/** Cells of each table's rows, without the headings. */
const tables = documentation
  .split(/\n(?!\|)/)
  .filter((block) => block.trimStart().startsWith("|"))
  .map((block) =>
    block
      .trim()
      .split("\n")
      .slice(2)
      .map((line) =>
        line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
  );
const costs = tables.filter((rows) => rows[0]?.length === 4);

/** A sum with as many digits as in the documentation. */
function rounded(usd: number, written: string): string {
  const digits = written.split(".")[1]?.length ?? 0;
  return `$${(Math.round(usd * 10 ** digits + 1e-9) / 10 ** digits).toFixed(digits)}`;
}

function amountOf([what = "", quantity = "", price = ""]: readonly string[]): number {
  const found = known.get(price.replaceAll("`", ""));
  if (found === undefined) throw new Error(`${what} has no known price`);
  return Number(quantity) * found.usd;
}

describe("docs/costs.md", () => {
  test("has correct products and sums", () => {
    expect(costs.length).toBeGreaterThan(4);
    for (const rows of costs) {
      const items = rows.filter(([what]) => what !== "**together**");
      for (const row of items) expect([row[0], row[3]]).toEqual([row[0], rounded(amountOf(row), row[3] ?? "")]);
      const [total] = rows.filter(([what]) => what === "**together**").map((row) => row[3]?.replaceAll("*", "") ?? "");
      const sum = items.reduce((usd, row) => usd + amountOf(row), 0);
      expect(total ?? "none").toBe(total === undefined ? "none" : rounded(sum, total));
    }
  });

  test("lists every price with its source and date", () => {
    const listed = tables.filter((rows) => rows[0]?.length === 5).flat();
    expect(listed.map(([name, usd, unit, by, on]) => [name, Number(usd).toFixed(10), unit, by, on])).toEqual(
      Object.entries(prices).map(([name, { usd, unit, basis, source, date }]) => [
        `\`${name}\``,
        usd.toFixed(10),
        unit,
        `[${basis}](${source})`,
        date,
      ]),
    );
  });

  test("counts every series that the functions write", () => {
    const series = Object.values<MetricDefinition>(metrics).reduce(
      (count, { by }) => count + (by?.values.length ?? 1),
      0,
    );
    expect(costs.flat().find(([, , price]) => price === "`metricMonth`")?.[1]).toBe(String(series));
  });
});
