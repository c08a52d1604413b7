import { stripVTControlCharacters } from "node:util";

/** Where the buildspec's commands begin and end to write. `buildspec.yml` prints both lines. */
const beginsLine = /^\[Lockmaster\] Output of the commands:$/;
const endsLine = /^\[Lockmaster\] Exit status (\d{1,3})$/;

/** Lines that are kept: enough for a stack trace. */
const maxLines = 20;
/** In characters. */
const maxLineLength = 500;

export type FailedOutput = {
  /** Absent when the commands did not run to their end. */
  exitStatus?: number;
  /** Oldest first. */
  lines: readonly string[];
};

/**
 * The last lines that the failed commands wrote. CodeBuild's log repeats the text of every command, so only lines between the
 * buildspec's own marks are output. A log without marks ended before the commands: all lines but CodeBuild's own count.
 *
 * @param log oldest first
 */
export function failedOutput(log: readonly string[]): FailedOutput {
  const lines = log.flatMap((line) => line.split(/\r\n|\r|\n/)).map(withoutControls);
  const end = lines.findLastIndex((line) => Number(endsLine.exec(line)?.[1] ?? 0) !== 0);
  const begin = lines.slice(0, end === -1 ? undefined : end).findLastIndex((line) => beginsLine.test(line));
  const written = lines.slice(begin + 1, end === -1 ? undefined : end).filter(isMeaningful);
  const exitStatus = endsLine.exec(lines[end] ?? "")?.[1];
  return {
    ...(exitStatus !== undefined && { exitStatus: Number(exitStatus) }),
    lines: written.slice(-maxLines).map((line) => cut(line, maxLineLength)),
  };
}

/** BuildKit prints the failing instruction's place, and the instruction after `>>>`. */
const place = /^(\S.*):(\d+)$/;
const instruction = /^\s*\d+ \|\s*>>> (.*)$/;
const solveError = /^ERROR: (?:failed to build: )?(?:failed to solve: )?(.*)$/;
/** What the instruction wrote, with the seconds since its start. */
const stepOutput = /^\d+\.\d+ (.*)$/;

/** Lines of output that a one-line reason has. */
const maxReasonLines = 3;

/**
 * The reason in one line: of BuildKit the failing instruction, its error and what it wrote last; of other commands the last lines.
 *
 * @returns an empty string for no lines
 */
export function reasonIn(lines: readonly string[]): string {
  const at = lines.findLastIndex((line) => instruction.test(line));
  if (at === -1) return lines.slice(-maxReasonLines).map(trimmed).join("; ");
  const where = lines.slice(0, at).findLast((line) => place.test(line));
  const error = lines
    .slice(at)
    .flatMap((line) => solveError.exec(line)?.[1] ?? [])
    .at(-1);
  const block = lines.slice(
    lines.findLastIndex((line, index) => index < at && line.startsWith(" > [")),
    at,
  );
  const wrote = block.flatMap((line) => stepOutput.exec(line)?.[1] ?? []);
  const what = [where, instruction.exec(lines[at] ?? "")?.[1], error].filter((part) => part !== undefined).join(": ");
  const output = wrote.slice(-maxReasonLines).map(trimmed).join("; ");
  return output === "" ? what : `${what}. It wrote: ${output}`;
}

/** CodeBuild's own lines begin so; BuildKit frames its blocks with dashes. */
const isMeaningful = (line: string): boolean => !line.startsWith("[Container] ") && /[^\s-]/.test(line);

const trimmed = (line: string): string => line.trim();

/** Shortens a text to a number of UTF-16 units, between characters. */
export const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;

/** Removes terminal sequences and control characters, except tabs. */
const withoutControls = (line: string): string =>
  stripVTControlCharacters(line)
    .replaceAll(/[^\P{Cc}\t]/gu, "")
    .trimEnd();
