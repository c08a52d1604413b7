import { severities, type ScanGate, type Severity, type Waiver } from "../config/gates.ts";
import type { ErrorCode } from "../lib/errors.ts";
import type { Finding, ScanResult } from "./scan-result.ts";
import { meaningOf } from "./scan-status.ts";
import { waiverOf } from "./waivers.ts";

export type SeverityCounts = Readonly<Partial<Record<Severity, number>>>;

/** More findings of a severity than the policy allows. */
export type Excess = { severity: Severity; maximum: number; findings: readonly Finding[] };

/** The gate's verdict on the scan of one manifest. */
export type ScanVerdict =
  | { state: "waiting"; retryAfterSeconds: number; reason: string }
  /** There is no result, and there will be none until an operator acts. */
  | { state: "no-result"; code: ErrorCode; reason: string; remedy: string }
  | { state: "refused"; counts: SeverityCounts; excesses: readonly Excess[] }
  | { state: "passed"; readable: boolean; counts: SeverityCounts; waivers: readonly Waiver[] };

type FoundScan = Extract<ScanResult, { found: true }>;

/** The environment's policy, the waivers in force, and since when the release has been waiting. */
export type ScanPolicy = { gate: ScanGate; waivers: readonly Waiver[]; since: Date; now: Date };

/**
 * Judges the scan of one manifest. A scan without a result at the deadline is refused. An additional finding never turns a refusal into
 * a pass, and a waiver applies only to findings with exactly its id.
 */
export function judgeScan(scan: ScanResult, policy: ScanPolicy): ScanVerdict {
  if (!scan.found) {
    return waiting(
      policy,
      "no scan of it has started",
      "Turn on scanning on push for its repository, in ECR or Amazon Inspector",
    );
  }
  const meaning = meaningOf(scan.status, scan.description);
  const reason = `ECR's scan is ${scan.status}${scan.description === undefined ? "" : ` (${scan.description})`}`;
  switch (meaning.kind) {
    case "running":
      return waiting(policy, reason, "Check in ECR why the scan takes so long");
    case "no-result":
      return { state: "no-result", code: meaning.code, reason, remedy: meaning.remedy };
    case "unsupported":
      if (policy.gate.unsupported === "allow") return { state: "passed", readable: false, counts: {}, waivers: [] };
      return {
        state: "no-result",
        code: "SCAN_UNSUPPORTED",
        reason,
        remedy:
          'Turn on enhanced scanning, which supports more images; or set gates.scan.unsupported to "allow", which lets unscanned images pass',
      };
    case "complete":
      return judgeFindings(scan, policy);
  }
}

function judgeFindings(scan: FoundScan, policy: ScanPolicy): ScanVerdict {
  // Enhanced scanning may answer COMPLETE before there are findings (aws/aws-sdk#289): a clean image has a completion time.
  if (scan.completedAt === undefined && Object.keys(scan.counts).length === 0) {
    return waiting(
      policy,
      `ECR's scan is ${scan.status} without findings or a completion time`,
      "Check the image's scan in ECR",
    );
  }
  const counts = countsOf(scan);
  const judged = severities.map((severity) => judgeSeverity(severity, scan, policy));
  const excesses = judged.flatMap(({ excess }) => excess ?? []);
  if (excesses.length > 0) return { state: "refused", counts, excesses };
  const unlisted = judged.find(({ unlisted }) => unlisted > 0);
  if (unlisted !== undefined) {
    const reason = `ECR counts ${unlisted.unlisted} more ${unlisted.severity} findings than it lists`;
    return waiting(policy, reason, "Check the image's scan in ECR");
  }
  const usedWaivers = new Set(judged.flatMap(({ usedWaivers }) => usedWaivers));
  return { state: "passed", readable: true, counts, waivers: [...usedWaivers] };
}

type JudgedSeverity = { severity: Severity; excess?: Excess; unlisted: number; usedWaivers: readonly Waiver[] };

function judgeSeverity(severity: Severity, scan: FoundScan, { gate, waivers }: ScanPolicy): JudgedSeverity {
  const maximum = gate.maximum[severity];
  if (maximum === undefined) return { severity, unlisted: 0, usedWaivers: [] };
  const listed = scan.findings.filter((finding) => finding.severity === severity);
  const counting = listed.filter(({ fixable }) => !gate.fixableOnly || fixable !== "no");
  const waived = counting.flatMap(({ id }) => waiverOf(id, waivers) ?? []);
  const findings = counting.filter(({ id }) => waiverOf(id, waivers) === undefined);
  return {
    severity,
    ...(findings.length > maximum && { excess: { severity, maximum, findings } }),
    unlisted: Math.max(0, (scan.counts[severity] ?? 0) - listed.length),
    usedWaivers: counting.length > maximum ? waived : [],
  };
}

/** For each severity the higher of the registry's count and the number of listed findings; without zeros. */
function countsOf({ counts, findings }: FoundScan): SeverityCounts {
  const entries = severities.map((severity) => {
    const listed = findings.filter((finding) => finding.severity === severity).length;
    return [severity, Math.max(counts[severity] ?? 0, listed)] as const;
  });
  return Object.fromEntries(entries.filter(([, count]) => count > 0));
}

const minPollSeconds = 10;
/** Polling fifty images for four hours must fit into one execution's history of 25,000 events. */
const maxPollSeconds = 1800;

function waiting({ gate, since, now }: ScanPolicy, reason: string, remedy: string): ScanVerdict {
  const waitedSeconds = Math.max(0, (now.getTime() - since.getTime()) / 1000);
  const leftSeconds = gate.deadlineMinutes * 60 - waitedSeconds;
  if (leftSeconds <= 0) {
    return {
      state: "no-result",
      code: "SCAN_DEADLINE_EXCEEDED",
      reason: `${reason} after ${gate.deadlineMinutes} minutes`,
      remedy: `${remedy}; or raise gates.scan.deadlineMinutes`,
    };
  }
  const pollSeconds = Math.min(Math.max(waitedSeconds / 2, minPollSeconds), maxPollSeconds);
  return { state: "waiting", retryAfterSeconds: Math.ceil(Math.min(pollSeconds, leftSeconds)), reason };
}
