import { severities, type Severity } from "../config/gates.ts";
import type { FindingEvidence } from "../ledger/judgement.ts";

/** One finding of a scan. Basic scanning does not report whether a newer version of the package fixes it. */
export type Finding = FindingEvidence & { severity: Severity; fixable: "yes" | "no" | "unknown" };

/**
 * The registry's answer about the scan of one image manifest, all pages together. `found: false`: no scan has started. The status does
 * not reveal the type of the scan: ECR answers COMPLETE and ACTIVE for enhanced scans.
 */
export type ScanResult = { found: false } | FoundScan;

export type FoundScan = {
  found: true;
  status: string;
  /** The registry's description of the status. */
  description?: string;
  completedAt?: string;
  /**
   * Whether the answer is known to list all findings, as basic scanning does. Enhanced scanning lists findings in instalments,
   * and an answer without findings does not show which of the two it is.
   */
  isComplete: boolean;
  /** The registry's counts; it may count findings before it lists them. */
  counts: Readonly<Partial<Record<Severity, number>>>;
  findings: readonly Finding[];
};

export type ImageScans = {
  /** @throws RejectedError IMAGE_NOT_FOUND */
  readScan(repository: string, digest: string): Promise<ScanResult>;
};

/** Amazon Inspector has severities that ECR does not have (`UNTRIAGED`): unknown ones count as undefined. */
export function severityOf(text: string | undefined): Severity {
  const lower = text?.toLowerCase();
  return severities.find((severity) => severity === lower) ?? "undefined";
}
