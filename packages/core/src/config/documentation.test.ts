import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fieldsOf } from "./fields.ts";
import { Configuration } from "./configuration.ts";

const documentation = readFileSync(new URL("../../../../docs/configuration.md", import.meta.url), "utf8");

/** Rows of the tables of fields: path and default. */
const rows = [...documentation.matchAll(/^\| `((?:repositories|installation)[^`]*)` \| ([^|]+) \|/gm)].map(
  ([, path, fallback]) => ({
    path,
    fallback: fallback?.trim(),
  }),
);

describe("docs/configuration.md", () => {
  test("has every field of the schema, with its default, and no other", () => {
    const fields = fieldsOf(Configuration).map(({ path, required, fallback }) => ({
      path,
      fallback: required ? "required" : fallback === undefined ? "none" : `\`${JSON.stringify(fallback)}\``,
    }));
    expect(fields.length).toBeGreaterThan(15);
    expect([...rows].sort(byPath)).toEqual([...fields].sort(byPath));
  });
});

function byPath(a: { path: string | undefined }, b: { path: string | undefined }): number {
  return String(a.path).localeCompare(String(b.path));
}
