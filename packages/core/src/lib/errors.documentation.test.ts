import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { errorCodes } from "./errors.ts";

const documentation = readFileSync(new URL("../../../../docs/troubleshooting.md", import.meta.url), "utf8");

/** Rows of the tables of codes: code, cause and remedy. */
const rows = [...documentation.matchAll(/^\| `([A-Z_]+)` \| ([^|]+) \| ([^|]+) \|$/gm)];

test("every error code is explained once, with cause and remedy, and no other", () => {
  expect(new Set(rows.map(([, code]) => code))).toEqual(new Set(errorCodes));
  expect(rows).toHaveLength(errorCodes.length);
  for (const [, code, cause = "", remedy = ""] of rows) {
    expect(cause.trim().length, code).toBeGreaterThan(20);
    expect(remedy.trim().length, code).toBeGreaterThan(5);
  }
});
