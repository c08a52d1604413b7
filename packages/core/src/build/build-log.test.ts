import { expect, test } from "vitest";
import { failedOutput, reasonIn } from "./build-log.ts";
import { readOutcome, withLog } from "./build-outcome.ts";
import type { ObservedBuild } from "./ports.ts";

/** The end of a log as CodeBuild writes it: the text of each command stands before and after what it wrote. */
const script = ["bash -euo pipefail /dev/fd/3 3<< 'SCRIPT'", 'docker buildx build "${options[@]}"', "SCRIPT"];
const beforeOutput = [
  "[Container] 2026/11/20 10:00:00.000001 Entering phase BUILD",
  `[Container] 2026/11/20 10:00:00.000002 Running command ${script.join("\n")}`,
  "[Lockmaster] Output of the commands:",
];
const afterOutput = [
  "[Lockmaster] Exit status 1",
  `[Container] 2026/11/20 10:01:00.000001 Command did not exit successfully ${script[0]}`,
  ...script.slice(1),
  "[Container] 2026/11/20 10:01:00.000003 Running command if true; then",
  "[Lockmaster] Output of the commands:",
  "[Lockmaster] Exit status 0",
];
const logOf = (...output: string[]) => [...beforeOutput, ...output, ...afterOutput];

/** As buildx 0.29 prints a failed instruction with plain progress. */
const buildkit = [
  "#9 [build 4/5] RUN npm ci",
  "#9 0.412 npm error code ENOENT",
  '#9 ERROR: process "/bin/sh -c npm ci" did not complete successfully: exit code: 254',
  "------",
  " > [build 4/5] RUN npm ci:",
  "0.412 npm error code ENOENT",
  "0.413 npm error path /app/package.json",
  "------",
  "Dockerfile:4",
  "--------------------",
  "   2 |     WORKDIR /app",
  "   3 |     COPY . .",
  "   4 | >>> RUN npm ci",
  "   5 |     ",
  "--------------------",
  'ERROR: failed to build: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 254',
];

const build: ObservedBuild = {
  id: "shop:1",
  project: "shop",
  status: "FAILED",
  environment: {},
  exported: {},
  log: { group: "/aws/codebuild/shop", stream: "1" },
  failedPhase: {
    phase: "BUILD",
    message: `COMMAND_EXECUTION_ERROR: Error while executing command: ${script.join("\n").repeat(20)}. Reason: exit status 1`,
  },
};

/** The failure that the record gets for a build with this log. */
async function failureOf(log: readonly string[], changes: Partial<ObservedBuild> = {}) {
  const observed = { ...build, ...changes };
  const outcome = readOutcome(observed, {});
  if (outcome === undefined) throw new Error("the build has not ended");
  const read = await withLog({ tail: () => Promise.resolve(log) }, observed, outcome);
  return read.status === "failed" ? read.failure : undefined;
}

test("the message has phase, exit status, the failing instruction and what it wrote", async () => {
  expect((await failureOf(logOf(...buildkit)))?.message).toBe(
    'the build failed in phase BUILD with exit status 1: Dockerfile:4: RUN npm ci: process "/bin/sh -c npm ci" did not complete ' +
      "successfully: exit code: 254. It wrote: npm error code ENOENT; npm error path /app/package.json",
  );
});

test("the message of a command without BuildKit's block has its last lines", async () => {
  const failure = await failureOf(logOf("Login Succeeded", "", "The tag 0123 is taken by sha256:9"));
  expect(failure?.message).toBe(
    "the build failed in phase BUILD with exit status 1: Login Succeeded; The tag 0123 is taken by sha256:9",
  );
});

test("the record has the last twenty lines that the commands wrote, and none of the commands' text", async () => {
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
  expect((await failureOf(logOf(...lines)))?.logLines).toEqual(lines.slice(-20));
});

test("a build that failed before its commands has CodeBuild's message", async () => {
  const failedPhase = { phase: "DOWNLOAD_SOURCE", message: "CLIENT_ERROR: authentication required for primary source" };
  expect((await failureOf(["[Container] 2026/11/20 Entering phase DOWNLOAD_SOURCE"], { failedPhase }))?.message).toBe(
    "the build failed in phase DOWNLOAD_SOURCE: CLIENT_ERROR: authentication required for primary source",
  );
});

test("terminal sequences and control characters do not reach the record", () => {
  expect(failedOutput(logOf("\u001B[31mred\u001B[0m\u0000 text\r")).lines).toEqual(["red text"]);
});

test("a build's own output cannot end the log early: the last mark counts", () => {
  expect(failedOutput(logOf("[Lockmaster] Exit status 3", "the reason")).lines.at(-1)).toBe("the reason");
});

test("a long reason is cut, and says so", async () => {
  const message = (await failureOf(logOf("\u{1F980}".repeat(200), "\u{1F980}".repeat(200))))?.message ?? "";
  expect(message.length).toBeLessThanOrEqual(600);
  expect(message).toMatch(/\u{1F980}…$/u);
});

test("no lines have no reason", () => {
  expect(reasonIn([])).toBe("");
});
