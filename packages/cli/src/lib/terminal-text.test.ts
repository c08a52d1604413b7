import { styleText } from "node:util";
import { expect, test } from "vitest";
import { terminalText } from "./terminal-text.ts";

test("keeps lines and the styles of commands", () => {
  const text = `${styleText(["bold", "red"], "failed", { validateStream: false })}\n`;
  expect(terminalText(text)).toBe(text);
});

test.each([
  ["clears the screen", "\u001B[2Jall is well", String.raw`\u001b[2Jall is well`],
  ["hides a text", "\u001B[8mrolled back", String.raw`\u001b[8mrolled back`],
  ["sets the title", "\u001B]0;root\u0007", String.raw`\u001b]0;root\u0007`],
  ["goes back in its line", "rolled back\rsucceeded  ", String.raw`rolled back\u000dsucceeded  `],
  ["is a C1 sequence", "\u009B2J", String.raw`\u009b2J`],
  ["turns the direction", "\u202Edeliaf", String.raw`\u202edeliaf`],
])("shows what %s", (_, text, shown) => {
  expect(terminalText(text)).toBe(shown);
});
