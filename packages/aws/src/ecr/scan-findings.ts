import {
  DescribeImageScanFindingsCommand,
  type DescribeImageScanFindingsResponse,
  type ECRClient,
  type EnhancedImageScanFinding,
  type ImageScanFinding,
} from "@aws-sdk/client-ecr";
import type { Severity } from "@lockmaster/core/config/gates.ts";
import { RejectedError } from "@lockmaster/core/lib/errors.ts";
import { severityOf, type Finding, type ImageScans, type ScanResult } from "@lockmaster/core/gates/scan-result.ts";
import { isAwsError, withTranslatedErrors } from "../lib/errors.ts";

/** ECR returns at most this many findings on a page. */
const pageSize = 1000;

/** Findings of ECR's scans: basic ones, or Amazon Inspector's. */
export function ecrScanFindings(client: ECRClient): ImageScans {
  return {
    readScan(repository, digest) {
      const call = { action: "ecr:DescribeImageScanFindings", resource: `image ${digest} of repository ${repository}` };
      return withTranslatedErrors(call, async () => {
        try {
          return readScanPages(await readPages(client, repository, digest));
        } catch (error) {
          if (isAwsError(error, "ScanNotFoundException")) return { found: false };
          if (isAwsError(error, "ImageNotFoundException", "RepositoryNotFoundException")) throw notFound(error);
          throw error;
        }
      });
    },
  };
}

async function readPages(client: ECRClient, repositoryName: string, imageDigest: string) {
  const pages: DescribeImageScanFindingsResponse[] = [];
  let nextToken: string | undefined;
  do {
    const page: DescribeImageScanFindingsResponse = await client.send(
      new DescribeImageScanFindingsCommand({
        repositoryName,
        imageId: { imageDigest },
        maxResults: pageSize,
        ...(nextToken !== undefined && { nextToken }),
      }),
    );
    pages.push(page);
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  return pages;
}

/**
 * Merges the pages of one answer; status, time and counts are the last page's, the newest.
 *
 * @see https://github.com/aws/aws-cli/issues/6759 an answer of enhanced scanning without findings: without a time, in the form of basic
 * scanning
 */
export function readScanPages(pages: readonly DescribeImageScanFindingsResponse[]): ScanResult {
  const last = pages.at(-1);
  const { status = "none", description } = last?.imageScanStatus ?? {};
  const { imageScanCompletedAt, findingSeverityCounts } = last?.imageScanFindings ?? {};
  const basic = pages.flatMap(({ imageScanFindings }) => (imageScanFindings?.findings ?? []).map(basicFinding));
  const enhanced = pages.flatMap(({ imageScanFindings }) =>
    (imageScanFindings?.enhancedFindings ?? []).map(enhancedFinding),
  );
  return {
    found: true,
    status,
    ...(description !== undefined && { description }),
    ...(imageScanCompletedAt !== undefined && { completedAt: imageScanCompletedAt.toISOString() }),
    isComplete: imageScanCompletedAt !== undefined && basic.length > 0 && enhanced.length === 0,
    counts: countsOf(findingSeverityCounts ?? {}),
    findings: [...basic, ...enhanced],
  };
}

function countsOf(counts: Readonly<Record<string, number>>): Partial<Record<Severity, number>> {
  const bySeverity: Partial<Record<Severity, number>> = {};
  for (const [name, count] of Object.entries(counts)) {
    const severity = severityOf(name);
    bySeverity[severity] = (bySeverity[severity] ?? 0) + count;
  }
  return bySeverity;
}

/** Basic scanning reports package and version as attributes, and no fixes. */
function basicFinding({ name, severity, uri, attributes = [] }: ImageScanFinding): Finding {
  const attribute = (key: string) => attributes.find((each) => each.key === key)?.value;
  return {
    id: name ?? "unnamed",
    severity: severityOf(severity),
    fixable: "unknown",
    ...given("package", attribute("package_name")),
    ...given("installedVersion", attribute("package_version")),
    ...given("link", uri),
  };
}

/** https://docs.aws.amazon.com/inspector/v2/APIReference/API_Finding.html: fixAvailable is YES, NO or PARTIAL. */
function enhancedFinding(finding: EnhancedImageScanFinding): Finding {
  const {
    vulnerabilityId,
    vulnerablePackages = [],
    sourceUrl,
    referenceUrls,
  } = finding.packageVulnerabilityDetails ?? {};
  const fixes = { YES: "yes", PARTIAL: "yes", NO: "no" } as const;
  const fix = Object.entries(fixes).find(([name]) => name === finding.fixAvailable?.toUpperCase())?.[1];
  // Inspector writes NotAvailable when there is no fix.
  const fixed = vulnerablePackages
    .map(({ fixedInVersion }) => fixedInVersion)
    .filter((text) => text !== "NotAvailable");
  return {
    id: vulnerabilityId ?? finding.title ?? "unnamed",
    severity: severityOf(finding.severity),
    fixable: fix ?? "unknown",
    ...given("package", listed(vulnerablePackages.map(({ name }) => name))),
    ...given("installedVersion", listed(vulnerablePackages.map(({ version }) => version))),
    ...given("fixedVersion", listed(fixed)),
    ...given("link", sourceUrl ?? referenceUrls?.[0]),
  };
}

/** One finding may be about several packages, built from the same source. */
function listed(texts: readonly (string | undefined)[]): string | undefined {
  const known = new Set(texts.filter((text) => text !== undefined && text !== ""));
  return known.size === 0 ? undefined : [...known].join(", ");
}

function given<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  const property: Partial<Record<Name, string>> = {};
  if (value !== undefined) property[name] = value;
  return property;
}

const notFound = (cause: Error) =>
  new RejectedError(
    `${cause.message.replace(/\.+$/, "")}. A lifecycle rule or an operator has deleted it: check the repository, then start a new execution, which builds the image again.`,
    { code: "IMAGE_NOT_FOUND", cause },
  );
