import * as fc from "fast-check";
import { expect, test } from "vitest";
import { printable, printableLines, quoted } from "./printable.ts";

test.each([
  ["an escape sequence of a terminal", "\u001B[2Jgone", String.raw`\u001b[2Jgone`],
  ["the same with a C1 character", "\u009B2Jgone", String.raw`\u009b2Jgone`],
  ["a line that pretends to be another one", "main\r\nINFO all is well", String.raw`main\u000d\u000aINFO all is well`],
  ["an override of the direction", "user\u202Egnp.exe", String.raw`user\u202egnp.exe`],
  ["isolates", "\u2066a\u2069", String.raw`\u2066a\u2069`],
  ["invisible characters", "ma\u200Bin\uFEFF\u00AD", String.raw`ma\u200bin\ufeff\u00ad`],
  ["characters of tags", "a\u{E0041}b", String.raw`a\udb40\udc41b`],
  ["separators of lines and paragraphs", "a\u2028b\u2029c", String.raw`a\u2028b\u2029c`],
  ["half a surrogate pair", "a\uD83Db", String.raw`a\ud83db`],
  ["nothing unusual", String.raw`größe 漢字 C:\temp 👩‍🚀`, String.raw`größe 漢字 C:\temp 👩‍🚀`],
])("renders %s", (_, text, rendered) => {
  expect(printable(text)).toBe(rendered);
});

test("a long text is cut, with its length", () => {
  expect(printable("a".repeat(4_000_000), 40)).toBe(`${"a".repeat(18)}… (4000000 characters)`);
  expect(quoted("refs/heads/main")).toBe('"refs/heads/main"');
  expect(printable("a".repeat(500))).toBe("a".repeat(500));
});

test("lines stay lines", () => {
  expect(printableLines("a\n\tb\u001B")).toBe(`a\n${String.raw`\u0009b\u001b`}`);
});

const hostile = fc.string({ unit: "binary", maxLength: 200 });
const longest = fc.integer({ min: 40, max: 120 });

test("whatever the text: no unprintable character, no more than the length, and the same when rendered again", () => {
  fc.assert(
    fc.property(hostile, longest, (text, limit) => {
      const rendered = printable(text, limit);
      expect(rendered).not.toMatch(/(?!\u200C|\u200D)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(rendered.length).toBeLessThanOrEqual(limit);
      expect(printable(rendered, limit)).toBe(rendered);
    }),
  );
});

test("a rendered JSON text has the same value", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const json = JSON.stringify(value);
      expect(JSON.parse(printableLines(json))).toEqual(JSON.parse(json));
    }),
  );
});
