import { printableLines } from "@lockmaster/core/lib/printable.ts";

/** Bold, dim, italic, underlined, the basic colours, and their ends: all that commands use, and nothing that hides a text. */
const style = new RegExp(String.raw`(${"\u001B"}\[(?:[0-4]|2[2-4]|3[0-79]|9[0-7])m)`);

/** A text for the terminal: names, messages and log lines in it may come from containers, AWS and GitHub. Styles stay. */
export function terminalText(text: string): string {
  return text
    .split(style)
    .map((part, index) => (index % 2 === 1 ? part : printableLines(part)))
    .join("");
}
