import { styleText } from "node:util";
import { prices } from "@lockmaster/core/lib/prices.ts";
import type { Evidence } from "@lockmaster/core/ledger/evidence.ts";
import type { Fault } from "@lockmaster/local-aws/scenario/fault-rules.ts";
import { describeEvent } from "@lockmaster/rehearsal/story/story-event.ts";
import { secondsOf } from "@lockmaster/rehearsal/story/release-report.ts";
import type { ReleaseReport, ServiceChange } from "@lockmaster/rehearsal/story/release-report.ts";
import type { StoryPart } from "@lockmaster/rehearsal/story/story.ts";
import { textTable } from "../lib/text-table.ts";
import type { TimelineRow } from "@lockmaster/rehearsal/story/timeline.ts";

/** What is told while a story runs. */
export type Reporter = {
  opened(opening: { endpoint: string; speed: number; seconds: number }): void;
  partBegan(part: StoryPart): void;
  /** An operator waives findings and redrives. */
  redriven(operator: NonNullable<StoryPart["operator"]>): void;
  accepted(execution: string, environment: string): void;
  row(row: TimelineRow): void;
  partEnded(expected: ReleaseReport["result"], report: ReleaseReport): void;
  /** Faults of the scenario that met nobody: addressed to what never happened, perhaps by mistake. */
  faultsMissed(faults: readonly Fault[]): void;
  /** At the end of a story that had parts. */
  ended(reports: readonly ReleaseReport[], asExpected: boolean): void;
  ready(lines: readonly string[]): void;
};

/** One JSON object a line, for programs. */
export function jsonReporter(write: (text: string) => void): Reporter {
  const line = (event: string, data: object) => write(`${JSON.stringify({ event, ...data })}\n`);
  return {
    opened: (opening) => line("opened", opening),
    partBegan: (part) => line("part-began", part),
    accepted: (execution, environment) => line("accepted", { execution, environment }),
    row: ({ state, startedAt, endedAt, rounds }) => {
      if (endedAt === undefined && rounds === 1) line("state", { state, startedAt });
    },
    redriven: (operator) => line("redriven", operator),
    partEnded: (expected, report) => line("part-ended", { expected, asExpected: expected === report.result, report }),
    faultsMissed: (faults) => faults.forEach((fault) => line("fault-missed", { fault })),
    ended: (_, asExpected) => line("ended", { asExpected }),
    ready: () => line("ready", {}),
  };
}

type Style = Parameters<typeof styleText>[0];

/** For people: a line a state, redrawn while it is under way on a terminal, written once it is over elsewhere. */
export function textReporter(stream: NodeJS.WriteStream): Reporter {
  const paint = (style: Style, text: string) => styleText(style, text, { stream });
  const write = (text: string) => void stream.write(`${text}\n`);
  const live = stream.isTTY;
  let open: TimelineRow | undefined;

  /** Ends the line of the state under way. */
  function settle(): void {
    if (open !== undefined) stream.write(live ? `\r\u001B[K${rowText(open)}\n` : `${rowText(open)}\n`);
    open = undefined;
  }
  function rowText(row: TimelineRow): string {
    const rounds = row.rounds > 1 ? paint("dim", `  ${row.rounds} looks`) : "";
    return `    ${row.state.padEnd(24)}${duration(secondsOf(row)).padStart(9)}${rounds}`;
  }

  return {
    opened({ endpoint, speed, seconds }) {
      write(`Local AWS on ${paint("bold", endpoint)}, the shop is open after ${seconds.toFixed(1)} s.`);
      write(
        paint("dim", `One second here is up to ${speed} seconds there; durations below are those of the local AWS.`),
      );
    },
    partBegan({ title, on }) {
      write(`\n${paint("bold", title)}`);
      write(`  ${describeEvent(on)}`);
    },
    redriven({ waive }) {
      for (const { id, owner, reason, days } of waive) {
        write(`  ${paint("yellow", `waived ${id} for ${days} days`)}, ${owner}: ${reason}`);
      }
      write("  Redrive");
    },
    accepted(execution, environment) {
      write(`  ${environment}: ${paint("dim", execution)}`);
    },
    row(row) {
      if (open !== undefined && open !== row) settle();
      open = row;
      if (live) stream.write(`\r\u001B[K${rowText(row)}${row.endedAt === undefined ? " …" : ""}`);
    },
    partEnded(expected, report) {
      settle();
      for (const line of evidenceLines(report.evidence)) write(paint("red", line));
      const good = report.result === expected;
      const mark = good ? paint("green", "✔") : paint("red", "✖");
      const told = good ? "as told" : `told was ${expected}`;
      write(`  ${mark} ${report.result} after ${duration(report.durationSeconds)}, ${told}`);
      if (report.reason !== undefined) write(paint("dim", `    ${report.reason}`));
    },
    faultsMissed(faults) {
      for (const fault of faults) write(paint("yellow", `  This fault met nobody: ${JSON.stringify(fault)}`));
    },
    ended(reports, asExpected) {
      write(`\n${paint("bold", "What ran before and runs now, by digest")}`);
      for (const line of serviceTable(reports)) write(line);
      write(`\n${paint("bold", "What it took")}`);
      for (const line of costTable(reports)) write(line);
      write(paint("dim", `  ${priceNote()}`));
      write(
        asExpected
          ? `\n${paint("green", "The story went as told.")}`
          : `\n${paint("red", "The story did not go as told.")}`,
      );
    },
    ready(lines) {
      write("");
      for (const line of lines) write(line);
    },
  };
}

/** `1 min 22 s`, `8.4 s` */
function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${String(Math.round(seconds % 60)).padStart(2, "0")} s`;
}

function evidenceLines(evidence: readonly Evidence[]): string[] {
  return evidence.flatMap(({ service, message, logLines = [] }) => [
    `    ${service === undefined ? "" : `${service}: `}${message}`,
    ...logLines.slice(-4).map((line) => `      │ ${line}`),
  ]);
}

function serviceTable(reports: readonly ReleaseReport[]): string[] {
  const rows = reports.flatMap((report) =>
    report.services.map((change) => [
      `${report.sha.slice(0, 7)} ${report.environment}`,
      `${change.service}/${change.container}`,
      short(change.before),
      short(change.after),
      verdict(change),
    ]),
  );
  return textTable([["release", "service", "before", "after", ""], ...rows]);
}

function verdict({ before, after }: ServiceChange): string {
  return before.join() === after.join() ? "as before" : "new";
}

function short(digests: readonly string[]): string {
  if (digests.length === 0) return "nothing";
  return digests.map((digest) => digest.slice("sha256:".length, "sha256:".length + 12)).join(" and ");
}

function costTable(reports: readonly ReleaseReport[]): string[] {
  const rows = reports.map((report) => [
    `${report.sha.slice(0, 7)} ${report.environment}`,
    report.result,
    duration(report.durationSeconds),
    `${report.stateTransitions}`,
    `$${report.costUsd.toFixed(4)}`,
  ]);
  return textTable([["release", "result", "duration", "state transitions", "cost"], ...rows]);
}

function priceNote(): string {
  return `Prices of us-east-1 as of ${prices.stateTransition.date}, without free tiers: builds, functions, state transitions, ledger, events.`;
}
