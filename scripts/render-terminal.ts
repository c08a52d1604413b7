// Runs `npm run local -- --once` and `npm test`, and renders what they print as docs/images/story.svg, the picture in the README.
// With files, renders these instead of running: the output of the first command, and if given of the second, with FORCE_COLOR=1.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";
import { terminalSvg } from "./terminal-svg.ts";

const root = join(import.meta.dirname, "..");
const folder = join(root, "docs/images");

/** Runs an npm script with colours. @throws Error when it fails: then nothing is rendered */
async function runScript(...args: readonly string[]): Promise<string> {
  const child = spawn("npm", ["run", "--silent", ...args], {
    cwd: root,
    env: { ...process.env, FORCE_COLOR: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const output = await text(child.stdout);
  const code = await ended;
  if (code !== 0) throw new Error(`npm run ${args.join(" ")} ended with ${code}, so nothing was rendered:\n${output}`);
  return output;
}

const prompt = (command: string) => `\u001B[32m$\u001B[39m \u001B[1m${command}\u001B[22m`;

/** The blocks of the story are divided by empty lines. The picture has the first release, the last one, and the end. */
function storyExcerpt(output: string): string[] {
  const blocks = output.trim().split("\n\n");
  const tail = blocks.slice(-4);
  const [lastRelease = "", , costs = "", end = ""] = tail;
  const skipped = blocks.length - 2 - tail.length;
  if (skipped < 0) throw new Error("The story is too short: it must have a start, releases, two tables and an end");
  return [
    prompt("npm run local -- --once"),
    ...blocks.slice(0, 2).map((block) => block.replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:4510")),
    `\u001B[2m… ${skipped} more parts of the story …\u001B[22m`,
    lastRelease,
    costs,
    end,
  ];
}

/** The summary of the tests, without the time of day and the details of the duration. */
function testExcerpt(output: string): string[] {
  const summary = output
    .split("\n")
    .filter((line) => /^ *(?:Test Files|Tests|Duration) /.test(stripVTControlCharacters(line)));
  if (summary.length < 3) throw new Error("The output of the tests has no summary");
  return [prompt("npm test"), summary.map((line) => line.replace(/ \(.*%.*/, "\u001B[22m")).join("\n")];
}

const files = process.argv.slice(2).map((file) => readFileSync(file, "utf8"));
const isGiven = files.length > 0;
const story = isGiven ? files[0] : await runScript("local", "--", "--once", "--port", "0");
const tests = isGiven ? files[1] : await runScript("test");
const blocks = [...storyExcerpt(story ?? ""), ...(tests === undefined ? [] : testExcerpt(tests))];
mkdirSync(folder, { recursive: true });
writeFileSync(
  join(folder, "story.svg"),
  terminalSvg(blocks.join("\n\n"), {
    title: tests === undefined ? "What npm run local prints" : "What npm run local and npm test print",
    columns: 96,
  }),
);
