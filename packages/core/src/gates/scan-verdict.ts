import { severities, type ScanGate, type Severity, type Waiver } from "../config/gates.ts";
import type { SeenScan } from "../ledger/judgement.ts";
import type { ErrorCode } from "../lib/errors.ts";
import { confirmAfterSeconds, isFinal } from "./scan-memory.ts";
import type { Finding, FoundScan, ScanResult } from "./scan-result.ts";
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

/** The environment's policy, the waivers in force, and since when the release has been waiting. */
export type ScanPolicy = { gate: ScanGate; waivers: readonly Waiver[]; since: Date; now: Date };

/**
 * Judges the scan of one manifest. A scan without a result at the deadline is refused. An additional finding never turns a refusal into
 * a pass, and a waiver applies only to findings with exactly its id.
 *
 * @param seen this answer, and since when polls have got it
 */
export function judgeScan(scan: ScanResult, policy: ScanPolicy, seen?: SeenScan): ScanVerdict {
  if (!scan.found) {
    return waiting(policy, {
      reason: "no scan of it has started",
      remedy: "Turn on scanning on push for its repository, in ECR or Amazon Inspector",
    });
  }
  const meaning = meaningOf(scan.status, scan.description);
  const reason = `ECR's scan is ${scan.status}${scan.description === undefined ? "" : ` (${scan.description})`}`;
  switch (meaning.kind) {
    case "running":
      return waiting(policy, { reason, remedy: "Check in ECR why the scan takes so long" });
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
      return judgeFindings(scan, policy, seen);
  }
}

function judgeFindings(scan: FoundScan, policy: ScanPolicy, seen: SeenScan | undefined): ScanVerdict {
  const { now } = policy;
  const counts = countsOf(scan);
  const judged = severities.map((severity) => judgeSeverity(severity, scan, policy));
  const excesses = judged.flatMap(({ excess }) => excess ?? []);
  const final = isFinal(scan, seen, now);
  if (excesses.length > 0 && (final || leftSecondsOf(policy) <= 0)) return { state: "refused", counts, excesses };
  const unlisted = judged.find(({ unlisted }) => unlisted > 0);
  const remedy = "Check the image's scan in ECR";
  if (unlisted !== undefined) {
    const reason = `ECR counts ${unlisted.unlisted} more ${unlisted.severity} findings than it lists`;
    return waiting(policy, { reason, remedy });
  }
  if (!final) {
    const listed = scan.findings.length === 0 ? "without findings" : `with ${scan.findings.length} findings`;
    const reason = `ECR's scan is ${scan.status} ${listed}, and more may arrive`;
    return waiting(policy, { reason, remedy, pollSeconds: confirmAfterSeconds(scan, seen, now) });
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

type Wait = { reason: string; remedy: string; pollSeconds?: number };

/** Polls after `pollSeconds`, or else less and less often. */
function waiting(policy: ScanPolicy, { reason, remedy, pollSeconds }: Wait): ScanVerdict {
  const leftSeconds = leftSecondsOf(policy);
  if (leftSeconds <= 0) {
    return {
      state: "no-result",
      code: "SCAN_DEADLINE_EXCEEDED",
      reason: `${reason} after ${policy.gate.deadlineMinutes} minutes`,
      remedy: `${remedy}; or raise gates.scan.deadlineMinutes`,
    };
  }
  const wanted = pollSeconds ?? Math.max(waitedSecondsOf(policy) / 2, minPollSeconds);
  return { state: "waiting", retryAfterSeconds: Math.ceil(Math.min(wanted, maxPollSeconds, leftSeconds)), reason };
}

const waitedSecondsOf = ({ since, now }: ScanPolicy): number => Math.max(0, (now.getTime() - since.getTime()) / 1000);

const leftSecondsOf = (policy: ScanPolicy): number => policy.gate.deadlineMinutes * 60 - waitedSecondsOf(policy);
