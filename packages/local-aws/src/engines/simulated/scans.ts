/** Simulated scans: the scenario defines their findings and their durations. */
import { ruleUses } from "../../scenario/rule-uses.ts";
import type { ScanRule } from "../../scenario/scenario.ts";
import type { ScanCourse, ScanEngine, ScanSubject } from "../engine.ts";

/** Roughly the durations of ECR and Amazon Inspector for an image of about fifty megabytes. */
const defaults = {
  basic: { beginsSeconds: 1, seconds: 6, status: "COMPLETE" },
  enhanced: { beginsSeconds: 45, seconds: 20, status: "ACTIVE" },
} as const;

/** Findings of a well-maintained image, without available fixes. */
const defaultFindings = [
  { id: "CVE-2011-3374", severity: "LOW", package: "apt", installedVersion: "2.6.1", afterSeconds: 0 },
  {
    id: "CVE-2022-0563",
    severity: "LOW",
    package: "util-linux",
    installedVersion: "2.38.1-5+deb12u3",
    afterSeconds: 0,
  },
];

/** Amazon Inspector's findings arrive in instalments, seconds to minutes apart. */
const instalmentSeconds = 20;

/** Creates the engine that follows the scenario's rules. The first matching rule applies. */
export function simulatedScans(scanRules: readonly ScanRule[]): ScanEngine {
  const rules = ruleUses(scanRules);
  return {
    scan(subject) {
      const rule = subject.readable ? rules.use((one) => matches(one, subject)) : undefined;
      if (rule === undefined) return subject.readable ? defaultCourse : unreadableCourse;
      const { beginsSeconds, seconds, status } = defaults[rule.type];
      return {
        type: rule.type,
        beginsSeconds: rule.beginsSeconds ?? beginsSeconds,
        seconds: rule.seconds ?? seconds,
        emptySeconds: rule.emptySeconds,
        status: rule.status ?? status,
        description: rule.description,
        findings: rule.findings.map((finding, index, { length }) => ({
          ...finding,
          afterSeconds:
            finding.afterSeconds ?? (rule.type === "enhanced" && index >= length / 2 ? instalmentSeconds : 0),
        })),
        timeWithoutFindings: rule.type === "basic" || rule.timeWithoutFindings === true,
      };
    },
  };
}

const defaultCourse: ScanCourse = {
  type: "basic",
  ...defaults.basic,
  emptySeconds: 0,
  findings: defaultFindings,
  timeWithoutFindings: true,
};
const unreadableCourse: ScanCourse = { ...defaultCourse, status: "UNSUPPORTED_IMAGE", findings: [] };

function matches({ repository, commit }: ScanRule, subject: ScanSubject): boolean {
  return (
    (repository === undefined || repository === subject.repository) &&
    (commit === undefined || (subject.revision ?? "").startsWith(commit))
  );
}
