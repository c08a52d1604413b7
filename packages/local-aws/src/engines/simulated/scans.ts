/** Scans that look at nothing: what is found, and when, stands in the scenario. */
import type { ScanRule } from "../../scenario/scenario.ts";
import type { ScanCourse, ScanEngine, ScanSubject } from "../engine.ts";

/** Roughly what ECR and Amazon Inspector need for an image of some fifty megabytes. */
const usual = {
  basic: { beginsSeconds: 1, seconds: 6, status: "COMPLETE" },
  enhanced: { beginsSeconds: 45, seconds: 20, status: "ACTIVE" },
} as const;

/** What is left in a well-kept image: nothing that anybody could mend. */
const usualFindings = [
  { id: "CVE-2011-3374", severity: "LOW", package: "apt", installedVersion: "2.6.1" },
  { id: "CVE-2022-0563", severity: "LOW", package: "util-linux", installedVersion: "2.38.1-5+deb12u3" },
];

/** Makes the engine that follows the scenario's rules: the first that matches an image decides. */
export function simulatedScans(rules: readonly ScanRule[]): ScanEngine {
  const uses = new Map<ScanRule, number>();

  function ruleFor(subject: ScanSubject): ScanRule | undefined {
    const rule = rules.find((each) => matches(each, subject) && (uses.get(each) ?? 0) < (each.times ?? Infinity));
    if (rule !== undefined) uses.set(rule, (uses.get(rule) ?? 0) + 1);
    return rule;
  }

  return {
    scan(subject) {
      const rule = subject.readable ? ruleFor(subject) : undefined;
      if (rule === undefined) return subject.readable ? usualCourse : unreadableCourse;
      const { beginsSeconds, seconds, status } = usual[rule.type];
      return {
        type: rule.type,
        beginsSeconds: rule.beginsSeconds ?? beginsSeconds,
        seconds: rule.seconds ?? seconds,
        emptySeconds: rule.emptySeconds,
        status: rule.status ?? status,
        description: rule.description,
        findings: rule.findings,
      };
    },
  };
}

const usualCourse: ScanCourse = { type: "basic", ...usual.basic, emptySeconds: 0, findings: usualFindings };
const unreadableCourse: ScanCourse = { ...usualCourse, status: "UNSUPPORTED_IMAGE", findings: [] };

function matches({ repository, commit }: ScanRule, subject: ScanSubject): boolean {
  return (
    (repository === undefined || repository === subject.repository) &&
    (commit === undefined || (subject.revision ?? "").startsWith(commit))
  );
}
