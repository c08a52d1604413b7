// Runs every static check in parallel, and fails if one of them fails.
import { spawn } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const bin = join(root, "node_modules", ".bin");

const checks = [
  { name: "types", command: "tsc", args: ["--noEmit"] },
  { name: "infra", command: "tsc", args: ["--noEmit", "--project", "infra"] },
  { name: "lint", command: "oxlint", args: ["--type-aware", "--tsconfig", "tsconfig.json", "--deny-warnings"] },
  { name: "format", command: "oxfmt", args: ["--check"] },
  { name: "unused", command: "knip", args: ["--no-progress"] },
  {
    name: "layers",
    command: "dependency-cruiser",
    args: ["--config", ".dependency-cruiser.ts", "packages", "functions", "infra"],
  },
];

type Outcome = { name: string; ok: boolean; output: string; seconds: number };

function run({ name, command, args }: (typeof checks)[number]): Promise<Outcome> {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(join(bin, command), args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const done = (ok: boolean) => resolve({ name, ok, output, seconds: (performance.now() - started) / 1000 });
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", (error) => {
      output += error.message;
      done(false);
    });
    child.on("close", (code) => done(code === 0));
  });
}

const outcomes = await Promise.all(
  checks.map(async (check) => {
    const outcome = await run(check);
    console.log(`${outcome.ok ? "ok    " : "FAILED"}  ${outcome.name.padEnd(7)} ${outcome.seconds.toFixed(1)} s`);
    return outcome;
  }),
);

const failed = outcomes.filter((outcome) => !outcome.ok);
for (const { name, output } of failed) console.error(`\n── ${name} ──\n${output.trim()}`);
process.exitCode = failed.length === 0 ? 0 : 1;
