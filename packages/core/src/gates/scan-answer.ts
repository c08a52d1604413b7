import { severities, type Severity } from "../config/gates.ts";
import type { FindingEvidence } from "../ledger/judgement.ts";

/** One finding of a scan. Basic scanning does not tell whether a newer version of the package mends it. */
export type Finding = FindingEvidence & { severity: Severity; fixable: "yes" | "no" | "unknown" };

/**
 * What the registry says about the scan of one image manifest, all pages together. `found: false`: no scan has begun. The
 * status does not tell the type of the scan: ECR answers COMPLETE and ACTIVE for enhanced ones.
 */
export type ScanAnswer =
  | { found: false }
  | {
      found: true;
      status: string;
      /** The registry's own words beside the status. */
      description?: string;
      completedAt?: string;
      /** As the registry counts; it may count before it lists. */
      counts: Readonly<Partial<Record<Severity, number>>>;
      findings: readonly Finding[];
    };

export type ImageScans = {
  /** @throws RejectedError IMAGE_NOT_FOUND */
  readScan(repository: string, digest: string): Promise<ScanAnswer>;
};

/** Amazon Inspector names severities that ECR does not (`UNTRIAGED`): what is not known counts as undefined. */
export function severityOf(text: string | undefined): Severity {
  const lower = text?.toLowerCase();
  return severities.find((severity) => severity === lower) ?? "undefined";
}
