import { expect, test } from "vitest";
import { terminalSvg } from "./terminal-svg.ts";

/** Every text of the picture: its attributes and its content. */
const textsOf = (output: string, columns = 80) =>
  [...terminalSvg(output, { title: "A run", columns }).matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)].map(
    ([, attributes = "", content = ""]) => ({ attributes, content }),
  );

test("places text on a grid that no font changes", () => {
  const [release, duration] = textsOf("  Plan      0.5 s");
  expect(release).toEqual({ content: "Plan", attributes: 'x="34.8" y="48" textLength="33.6"' });
  expect(duration).toEqual({ content: "0.5 s", attributes: 'x="118.8" y="48" textLength="42"' });
});

test("keeps the styles of the terminal", () => {
  const texts = textsOf("\u001B[1mbold\u001B[22m \u001B[32mgreen\u001B[39m \u001B[2mdim\u001B[22m plain");
  expect(texts.map(({ content }) => content)).toEqual(["bold", "green", "dim", "plain"]);
  expect(texts[0]?.attributes).toContain('font-weight="bold"');
  expect(texts[1]?.attributes).toContain('fill="#56d364"');
  expect(texts[2]?.attributes).toContain('opacity="0.65"');
  expect(texts[3]?.attributes).not.toMatch(/fill|opacity|weight/);
});

test("wraps long lines between words, with their style and their indent", () => {
  const texts = textsOf("\u001B[2m  push a fix, or redrive\u001B[22m", 13);
  expect(texts.map(({ content }) => content)).toEqual(["push a fix,", "or redrive"]);
  expect(texts.map(({ attributes }) => attributes)).toEqual([
    'x="34.8" y="48" textLength="92.4" opacity="0.65"',
    'x="34.8" y="68" textLength="84" opacity="0.65"',
  ]);
});

test("escapes what XML reserves", () => {
  expect(textsOf('a < b & "c"').map(({ content }) => content)).toEqual(["a &lt; b &amp; &quot;c&quot;"]);
});
