import { count } from "../lib/count.ts";
import type { Chapter } from "./examine.ts";
import type { Finding } from "./checking/finding.ts";

const colours = { ok: 32, warning: 33, error: 31 } as const;
const severities = ["error", "warning", "ok"] as const;
const margin = "warning".length;

/** The report as text: the worst findings first, and one line for findings of several subjects that differ in nothing else. */
export function describeChapters(chapters: readonly Chapter[], coloured: boolean): string {
  const paint = (text: string, colour: number) => (coloured ? `\u{1b}[${colour}m${text}\u{1b}[0m` : text);
  const line = (severity: Finding["severity"], text: string) =>
    `  ${paint(severity.padEnd(margin), colours[severity])}  ${text}`;
  const lines = chapters.flatMap(({ title, findings }) => [
    paint(title, 1),
    ...severities.flatMap((severity) =>
      mergeSubjects(findings.filter((finding) => finding.severity === severity)).flatMap(
        ({ id, seen, remedy, subjects }) =>
          remedy === undefined
            ? line(severity, `${subjects.join(", ")}: ${seen}`)
            : [line(severity, `${subjects.join(", ")}: ${seen} [${id}]`), `  ${" ".repeat(margin)}  → ${remedy}`],
      ),
    ),
    "",
  ]);
  return [...lines, summaryOf(chapters.flatMap(({ findings }) => findings)), ""].join("\n");
}

/** Merges findings that differ only in their subject. */
function mergeSubjects(findings: readonly Finding[]): (Finding & { subjects: string[] })[] {
  const groups = Map.groupBy(findings, ({ id, seen, remedy }) => JSON.stringify([id, seen, remedy]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : { ...first, subjects: group.map(({ subject }) => subject) };
  });
}

function summaryOf(findings: readonly Finding[]): string {
  const [errors = 0, warnings = 0, passed = 0] = severities.map(
    (severity) => findings.filter((finding) => finding.severity === severity).length,
  );
  return `${count(errors, "error")}, ${count(warnings, "warning")}, ${count(passed, "check")} passed.`;
}
