import { styleText } from "node:util";
import { printable, printableLines } from "@lockmaster/core/lib/printable.ts";
import { prices } from "@lockmaster/core/lib/prices.ts";
import type { Evidence } from "@lockmaster/core/ledger/evidence.ts";
import type { Fault } from "@lockmaster/local-aws";
import { describeEvent } from "@lockmaster/rehearsal/story/story-event.ts";
import { secondsOf, type ReleaseReport } from "@lockmaster/rehearsal/story/release-report.ts";
import type { LeftOut } from "@lockmaster/rehearsal/story/fit-story.ts";
import type { StoryPart } from "@lockmaster/rehearsal/story/story.ts";
import { textTable } from "../lib/text-table.ts";
import type { TimelineRow } from "@lockmaster/rehearsal/story/timeline.ts";

/** Prints the progress of a story. */
export type Reporter = {
  started(start: { endpoint: string; configuration: string; speed: number; seconds: number }): void;
  /** A part of the shipped story does not fit the configuration. */
  leftOut(part: LeftOut): void;
  partBegan(part: StoryPart): void;
  /** An operator waives findings and redrives the execution. */
  redriven(operator: NonNullable<StoryPart["operator"]>): void;
  accepted(execution: string, environment: string): void;
  row(row: TimelineRow): void;
  partEnded(expected: ReleaseReport["result"], report: ReleaseReport): void;
  /** Faults of the scenario that no call matched, perhaps by mistake. */
  faultsNotInjected(faults: readonly Fault[]): void;
  /** At the end of a story that had parts. */
  ended(reports: readonly ReleaseReport[], asExpected: boolean): void;
  ready(lines: readonly string[]): void;
};

/** Prints one JSON object per line. */
export function jsonReporter(write: (text: string) => void): Reporter {
  const line = (event: string, data: object) => write(printableLines(`${JSON.stringify({ event, ...data })}\n`));
  return {
    started: (start) => line("started", start),
    leftOut: (part) => line("left-out", part),
    partBegan: (part) => line("part-began", part),
    accepted: (execution, environment) => line("accepted", { execution, environment }),
    row: ({ state, startedAt, endedAt, polls }) => {
      if (endedAt === undefined && polls === 1) line("state", { state, startedAt });
    },
    redriven: (operator) => line("redriven", operator),
    partEnded: (expected, report) => line("part-ended", { expected, asExpected: expected === report.result, report }),
    faultsNotInjected: (faults) => faults.forEach((fault) => line("fault-not-injected", { fault })),
    ended: (_, asExpected) => line("ended", { asExpected }),
    ready: () => line("ready", {}),
  };
}

type Style = Parameters<typeof styleText>[0];

/** Prints one line per state; a terminal shows it while the state runs, other streams get it when the state has ended. */
export function textReporter(stream: NodeJS.WritableStream & { isTTY?: boolean }): Reporter {
  const paint = (style: Style, text: string) => styleText(style, text, { stream });
  const live = stream.isTTY === true;
  let current: TimelineRow | undefined;

  const clearLine = () => void (live && current !== undefined && stream.write("\r\u001B[K"));
  function drawCurrent(): void {
    if (live && current !== undefined) stream.write(`${rowText(current)}${current.endedAt === undefined ? " …" : ""}`);
  }
  /** Prints lines above the current row. */
  function write(...lines: readonly string[]): void {
    clearLine();
    for (const line of lines) stream.write(`${line}\n`);
    drawCurrent();
  }
  function finishRow(): void {
    if (current === undefined) return;
    clearLine();
    stream.write(`${rowText(current)}\n`);
    current = undefined;
  }
  function rowText(row: TimelineRow): string {
    const polls = row.polls > 1 ? paint("dim", `  ${row.polls} polls`) : "";
    return `    ${row.state.padEnd(24)}${duration(secondsOf(row)).padStart(9)}${polls}`;
  }

  return {
    started({ endpoint, configuration, speed, seconds }) {
      write(
        `The local AWS runs on ${paint("bold", endpoint)}; the services of ${configuration} are ready after ${seconds.toFixed(1)} s.`,
        paint(
          "dim",
          `Its clock runs up to ${speed} times faster than real time; the durations below are on this clock.`,
        ),
      );
    },
    leftOut({ title, reason }) {
      write(paint("yellow", `Left out: ${title}.`) + paint("dim", ` ${reason}`));
    },
    partBegan({ title, on }) {
      write(`\n${paint("bold", title)}`, `  ${describeEvent(on)}`);
    },
    redriven({ waive }) {
      for (const { id, owner, reason, days } of waive) {
        write(`  ${paint("yellow", `The operator waives ${id} for ${days} days`)}, owner ${owner}: ${reason}`);
      }
      write("  The operator redrives the execution");
    },
    accepted(execution, environment) {
      write(`  ${environment}: ${paint("dim", execution)}`);
    },
    row(row) {
      if (current !== row) finishRow();
      clearLine();
      current = row;
      drawCurrent();
    },
    partEnded(expected, report) {
      finishRow();
      for (const line of evidenceLines(report.evidence)) write(paint("red", line));
      const [mark, outcome] =
        report.result === expected ? [paint("green", "✔"), "as expected"] : [paint("red", "✖"), `expected ${expected}`];
      write(`  ${mark} ${report.result} after ${duration(report.durationSeconds)}, ${outcome}`);
      if (report.reason !== undefined) write(paint("dim", `    ${printable(report.reason, 2_000)}`));
    },
    faultsNotInjected(faults) {
      for (const fault of faults) {
        write(paint("yellow", `  This fault was not injected, because nothing matched it: ${JSON.stringify(fault)}`));
      }
    },
    ended(reports, asExpected) {
      write(`\n${paint("bold", "Running images before and after each release, by digest")}`, ...serviceTable(reports));
      write(`\n${paint("bold", "Duration and cost of each release")}`, ...costTable(reports));
      write(paint("dim", `  ${priceNote()}`));
      write(
        asExpected
          ? `\n${paint("green", "Every release of the story ended as expected.")}`
          : `\n${paint("red", "Not every release of the story ended as expected.")}`,
      );
    },
    ready(lines) {
      write("", ...lines);
    },
  };
}

/** `1 min 22 s`, `8.4 s` */
function duration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

function evidenceLines(evidence: readonly Evidence[]): string[] {
  return evidence.flatMap(({ service, message, logLines = [] }) => [
    `    ${service === undefined ? "" : `${service}: `}${printable(message)}`,
    ...logLines.slice(-4).map((line) => `      │ ${printable(line)}`),
  ]);
}

function serviceTable(reports: readonly ReleaseReport[]): string[] {
  const rows = reports.flatMap((report) =>
    report.services.map(({ service, container, before, after }) => [
      `${report.sha.slice(0, 7)} ${report.environment}`,
      `${service}/${container}`,
      short(before),
      short(after),
      before.join() === after.join() ? "unchanged" : "new",
    ]),
  );
  return textTable([["release", "service", "before", "after", "change"], ...rows]);
}

function short(digests: readonly string[]): string {
  if (digests.length === 0) return "none";
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
  return `Prices of us-east-1 on ${prices.stateTransition.date}, without free tiers, for builds, functions, state transitions, ledger and events.`;
}
