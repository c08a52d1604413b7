import { severities, type ScanGate, type Severity, type Waiver } from "../config/gates.ts";
import type { ErrorCode } from "../lib/errors.ts";
import type { Finding, ScanAnswer } from "./scan-answer.ts";
import { meaningOf } from "./scan-status.ts";
import { waiverOf } from "./waivers.ts";

export type SeverityCounts = Readonly<Partial<Record<Severity, number>>>;

/** More findings of a severity than may pass. */
export type Excess = { severity: Severity; maximum: number; findings: readonly Finding[] };

/** What the gate makes of one manifest's scan. */
export type ScanVerdict =
  | { state: "waiting"; retryAfterSeconds: number; reason: string }
  /** There is no answer, and there will be none without somebody's doing. */
  | { state: "unanswered"; code: ErrorCode; reason: string; remedy: string }
  | { state: "refused"; counts: SeverityCounts; excesses: readonly Excess[] }
  | { state: "passed"; readable: boolean; counts: SeverityCounts; waivers: readonly Waiver[] };

type Answered = Extract<ScanAnswer, { found: true }>;

/** What the gate judges by: the environment's policy, the waivers that count today, and how long it has been waiting. */
export type ScanPolicy = { gate: ScanGate; waivers: readonly Waiver[]; since: Date; now: Date };

/**
 * Judges the scan of one manifest. No answer is a no: what has not ended by the deadline is refused. A finding more never
 * turns a refusal into a pass, and a waiver counts for findings of exactly its id.
 */
export function judgeScan(answer: ScanAnswer, policy: ScanPolicy): ScanVerdict {
  if (!answer.found) {
    return waiting(
      policy,
      "no scan of it has begun",
      "Have the repository scanned on push, by ECR or Amazon Inspector",
    );
  }
  const meaning = meaningOf(answer.status, answer.description);
  const says = `ECR's scan is ${answer.status}${answer.description === undefined ? "" : ` (${answer.description})`}`;
  switch (meaning.kind) {
    case "under-way":
      return waiting(policy, says, "Look at what holds the scan up");
    case "no-answer":
      return { state: "unanswered", code: meaning.code, reason: says, remedy: meaning.remedy };
    case "unsupported":
      if (policy.gate.unsupported === "allow") return { state: "passed", readable: false, counts: {}, waivers: [] };
      return {
        state: "unanswered",
        code: "SCAN_UNSUPPORTED",
        reason: says,
        remedy:
          'Turn on enhanced scanning, which reads more images; or, knowing what it means, set gates.scan.unsupported to "allow"',
      };
    case "answered":
      return judgeFindings(answer, policy);
  }
}

function judgeFindings(answer: Answered, policy: ScanPolicy): ScanVerdict {
  // Enhanced scanning may say COMPLETE before there is anything in the answer (aws/aws-sdk#289): a clean image bears a time.
  if (answer.completedAt === undefined && Object.keys(answer.counts).length === 0) {
    return waiting(
      policy,
      `ECR's scan is ${answer.status} without findings or a time`,
      "Look at the image's scan in ECR",
    );
  }
  const counts = countsOf(answer);
  const judged = severities.map((severity) => judgeSeverity(severity, answer, policy));
  const excesses = judged.flatMap(({ excess }) => excess ?? []);
  if (excesses.length > 0) return { state: "refused", counts, excesses };
  const unlisted = judged.find(({ unlisted }) => unlisted > 0);
  if (unlisted !== undefined) {
    const reason = `ECR counts ${unlisted.unlisted} ${unlisted.severity} findings more than it lists`;
    return waiting(policy, reason, "Look at the image's scan in ECR");
  }
  const leansOn = new Set(judged.flatMap(({ leansOn }) => leansOn));
  return { state: "passed", readable: true, counts, waivers: [...leansOn] };
}

type JudgedSeverity = { severity: Severity; excess?: Excess; unlisted: number; leansOn: readonly Waiver[] };

function judgeSeverity(severity: Severity, answer: Answered, { gate, waivers }: ScanPolicy): JudgedSeverity {
  const maximum = gate.maximum[severity];
  if (maximum === undefined) return { severity, unlisted: 0, leansOn: [] };
  const listed = answer.findings.filter((finding) => finding.severity === severity);
  const counting = listed.filter(({ fixable }) => !gate.fixableOnly || fixable !== "no");
  const waived = counting.flatMap(({ id }) => waiverOf(id, waivers) ?? []);
  const findings = counting.filter(({ id }) => waiverOf(id, waivers) === undefined);
  return {
    severity,
    ...(findings.length > maximum && { excess: { severity, maximum, findings } }),
    unlisted: Math.max(0, (answer.counts[severity] ?? 0) - listed.length),
    leansOn: counting.length > maximum ? waived : [],
  };
}

/** The greater of what the registry counts and what it lists; severities without findings are left out. */
function countsOf({ counts, findings }: Answered): SeverityCounts {
  const entries = severities.map((severity) => {
    const listed = findings.filter((finding) => finding.severity === severity).length;
    return [severity, Math.max(counts[severity] ?? 0, listed)] as const;
  });
  return Object.fromEntries(entries.filter(([, count]) => count > 0));
}

const shortestWaitSeconds = 10;
/** Fifty images, each looked at anew for four hours, must fit into one execution's history of 25,000 events. */
const longestWaitSeconds = 1800;

function waiting({ gate, since, now }: ScanPolicy, reason: string, remedy: string): ScanVerdict {
  const waitedSeconds = Math.max(0, (now.getTime() - since.getTime()) / 1000);
  const leftSeconds = gate.deadlineMinutes * 60 - waitedSeconds;
  if (leftSeconds <= 0) {
    const waited = `${reason} after ${gate.deadlineMinutes} minutes`;
    return {
      state: "unanswered",
      code: "SCAN_DEADLINE_EXCEEDED",
      reason: waited,
      remedy: `${remedy}; or lengthen gates.scan.deadlineMinutes`,
    };
  }
  const stretched = Math.min(Math.max(waitedSeconds / 2, shortestWaitSeconds), longestWaitSeconds);
  return { state: "waiting", retryAfterSeconds: Math.ceil(Math.min(stretched, leftSeconds)), reason };
}
