/** Answers of DescribeImageScanFindings, in the shapes of basic and enhanced scanning. */
import type {
  EnhancedImageScanFinding,
  FindingSeverity,
  ImageScanFinding,
  ImageScanFindings,
  ImageScanStatus,
  ScanStatus,
} from "@aws-sdk/client-ecr";
import type { ScanCourse, ScanFinding } from "../../engines/engine.ts";

export type SeverityCounts = Partial<Record<FindingSeverity, number>>;

/** The descriptions that are known. ECR returns one with every status. */
const descriptions: Partial<Record<ScanStatus, string>> = {
  COMPLETE: "The scan was completed successfully.",
  ACTIVE: "Continuous scan is selected for image.",
};

export function statusOf(status: ScanStatus, description = descriptions[status]): ImageScanStatus {
  return { status, ...(description !== undefined && { description }) };
}

/** Severities without findings are left out. */
export function countsOf(findings: readonly ScanFinding[]): SeverityCounts {
  const counts: SeverityCounts = {};
  for (const { severity } of findings) {
    const known = severities.find((each) => each === severity) ?? "UNDEFINED";
    counts[known] = (counts[known] ?? 0) + 1;
  }
  return counts;
}

const severities: readonly FindingSeverity[] = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED"];

/** One page of the findings of a scan that has ended. @param page with the counts of all pages */
export function findingsPage(
  type: ScanCourse["type"],
  { items, completedAt, counts }: { items: readonly ScanFinding[]; completedAt: Date; counts: SeverityCounts },
  identity: { accountId: string; region: string },
): ImageScanFindings {
  return {
    ...(type === "basic" || items.length === 0
      ? { findings: items.map(basicFinding) }
      : { enhancedFindings: items.map((finding) => enhancedFinding(finding, completedAt, identity)) }),
    imageScanCompletedAt: completedAt,
    vulnerabilitySourceUpdatedAt: completedAt,
    findingSeverityCounts: counts,
  };
}

function basicFinding(finding: ScanFinding): ImageScanFinding {
  return {
    name: finding.id,
    uri: linkOf(finding),
    severity: severities.find((each) => each === finding.severity) ?? "UNDEFINED",
    attributes: [
      { key: "package_version", value: finding.installedVersion },
      { key: "package_name", value: finding.package },
    ],
  };
}

function enhancedFinding(
  finding: ScanFinding,
  at: Date,
  { accountId, region }: { accountId: string; region: string },
): EnhancedImageScanFinding {
  const { id, severity, package: name, installedVersion: version, fixedVersion } = finding;
  const findingId = Buffer.from(`${id} ${name} ${version}`).toString("hex").slice(0, 32);
  return {
    awsAccountId: accountId,
    findingArn: `arn:aws:inspector2:${region}:${accountId}:finding/${findingId}`,
    firstObservedAt: at,
    lastObservedAt: at,
    updatedAt: at,
    severity,
    status: "ACTIVE",
    title: `${id} - ${name}`,
    type: "PACKAGE_VULNERABILITY",
    fixAvailable: fixedVersion === undefined ? "NO" : "YES",
    exploitAvailable: "NO",
    packageVulnerabilityDetails: {
      vulnerabilityId: id,
      sourceUrl: linkOf(finding),
      vulnerablePackages: [{ name, version, fixedInVersion: fixedVersion ?? "NotAvailable" }],
    },
  };
}

const linkOf = ({ id, link }: ScanFinding): string => link ?? `https://nvd.nist.gov/vuln/detail/${id}`;
