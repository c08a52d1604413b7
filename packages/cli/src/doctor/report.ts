import type { Chapter } from "./examine.ts";
import type { Finding } from "./checking/finding.ts";

const colours = { ok: 32, warning: 33, error: 31 } as const;
const severities = ["error", "warning", "ok"] as const;
const margin = "warning".length;

/**
 * Findings for people, chapter by chapter: what is worst first, the remedy once below all that it mends, and what is as it
 * should be in as few lines as will do.
 */
export function describeChapters(chapters: readonly Chapter[], coloured: boolean): string {
  const paint = (text: string, colour: number) => (coloured ? `\u{1b}[${colour}m${text}\u{1b}[0m` : text);
  const line = (severity: Finding["severity"], text: string) =>
    `  ${paint(severity.padEnd(margin), colours[severity])}  ${text}`;
  const lines = chapters.flatMap(({ title, findings }) => [
    paint(title, 1),
    ...severities.flatMap((severity) =>
      alike(findings.filter((finding) => finding.severity === severity)).flatMap(({ id, seen, remedy, subjects }) =>
        remedy === undefined
          ? line(severity, `${subjects.join(", ")}: ${seen}`)
          : [line(severity, `${subjects.join(", ")}: ${seen} [${id}]`), `  ${" ".repeat(margin)}  → ${remedy}`],
      ),
    ),
    "",
  ]);
  return [...lines, summaryOf(chapters.flatMap(({ findings }) => findings)), ""].join("\n");
}

/** Findings that say the same of several subjects become one. */
function alike(findings: readonly Finding[]): (Finding & { subjects: string[] })[] {
  const groups = Map.groupBy(findings, ({ id, seen, remedy }) => JSON.stringify([id, seen, remedy]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : { ...first, subjects: group.map(({ subject }) => subject) };
  });
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (severity: Finding["severity"]) => findings.filter((finding) => finding.severity === severity).length;
  const [errors, warnings, well] = [count("error"), count("warning"), count("ok")];
  const plural = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  return `${plural(errors, "error")}, ${plural(warnings, "warning")}; ${plural(well, "check")} found nothing wrong.`;
}
