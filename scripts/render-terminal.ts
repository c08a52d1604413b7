// Runs `npm run local -- --once` and renders what it prints as docs/images/story.svg, the picture in the README.
// With the path of a file, renders that file instead: the output of an earlier run with FORCE_COLOR=1.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { terminalSvg } from "./terminal-svg.ts";

const root = join(import.meta.dirname, "..");
const folder = join(root, "docs/images");
const command = ["node", "scripts/start.mjs", "packages/cli/src/main.ts", "local", "--once", "--port", "0"] as const;

async function runStory(): Promise<string> {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, FORCE_COLOR: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const output = await text(child.stdout);
  const code = await ended;
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: nothing was rendered`);
  return output;
}

/** The story's blocks are divided by empty lines. The picture has the first release, the last one, and the end. */
function excerptOf(output: string): string {
  const blocks = output.trim().split("\n\n");
  const tail = blocks.slice(-4);
  const [lastRelease = "", , costs = "", end = ""] = tail;
  const skipped = blocks.length - 2 - tail.length;
  if (skipped < 0) throw new Error("The story is too short: there must be a start, releases, two tables and an end");
  return [
    "\u001B[32m$\u001B[39m \u001B[1mnpm run local -- --once\u001B[22m",
    ...blocks.slice(0, 2),
    `\u001B[2m… ${skipped} more releases …\u001B[22m`,
    lastRelease,
    costs,
    end,
  ]
    .join("\n\n")
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:4510");
}

const [file] = process.argv.slice(2);
const output = file === undefined ? await runStory() : readFileSync(file, "utf8");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "story.svg"), terminalSvg(excerptOf(output), { title: "npm run local", columns: 96 }));
