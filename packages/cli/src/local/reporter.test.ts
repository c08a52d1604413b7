import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import type { ReleaseReport } from "@lockmaster/rehearsal/story/release-report.ts";
import type { TimelineRow } from "@lockmaster/rehearsal/story/timeline.ts";
import { expect, test } from "vitest";
import { textReporter, type Reporter } from "./reporter.ts";

/** @returns the lines that a terminal shows at the end: `\r` and `ESC [ K` start a line over */
function linesOnTerminal(report: (reporter: Reporter) => void): string[] {
  const stream = Object.assign(new PassThrough(), { isTTY: true });
  report(textReporter(stream));
  const written = String(stream.read());
  return written.split("\n").map((line) => stripVTControlCharacters(line.slice(line.lastIndexOf("\r\u001B[K") + 1)));
}

const startedAt = new Date("2026-11-20T10:00:00Z");
const ended = (durationSeconds: number): ReleaseReport => ({
  execution: "shop-staging-1",
  environment: "staging",
  sha: "a".repeat(40),
  result: "succeeded",
  durationSeconds,
  stateTransitions: 1,
  costUsd: 0,
  states: [],
  services: [],
  evidence: [],
});

test("prints a running state once, when the execution is announced after it", () => {
  const row: TimelineRow = { state: "Plan", startedAt, polls: 1 };
  const lines = linesOnTerminal((reporter) => {
    reporter.row(row);
    reporter.accepted("shop-staging-1", "staging");
    row.endedAt = startedAt;
    reporter.row(row);
    reporter.partEnded("succeeded", ended(1));
  });
  expect(lines.map((line) => line.trim().replaceAll(/ {2,}/g, " "))).toEqual([
    "staging: shop-staging-1",
    "Plan 0.0 s",
    "✔ succeeded after 1.0 s, as expected",
    "",
  ]);
});

test.each([
  [8.44, "8.4 s"],
  [59.97, "1 min 00 s"],
  [82, "1 min 22 s"],
  [179.6, "3 min 00 s"],
])("prints %d seconds as %s", (seconds, text) => {
  const lines = linesOnTerminal((reporter) => reporter.partEnded("succeeded", ended(seconds)));
  expect(lines[0]).toContain(`succeeded after ${text}, as expected`);
});
