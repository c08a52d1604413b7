import { CreateRepositoryCommand, ECRClient, type DescribeImageScanFindingsResponse } from "@aws-sdk/client-ecr";
import { ScanGate } from "@lockmaster/core/config/gates.ts";
import { judgeScan } from "@lockmaster/core/gates/scan-verdict.ts";
import { type ScenarioInput, simulatedImage, startLocalAws, virtualClock } from "@lockmaster/local-aws";
import * as v from "valibot";
import { describe, expect, onTestFinished, test } from "vitest";
import { ecrScanFindings, readScanPages } from "./scan-findings.ts";

const completedAt = new Date("2026-11-20T09:00:00Z");
const now = new Date("2026-11-20T10:00:00Z");

const basic: DescribeImageScanFindingsResponse = {
  registryId: "111122223333",
  repositoryName: "shop/backend",
  imageScanStatus: { status: "COMPLETE", description: "The scan was completed successfully." },
  imageScanFindings: {
    imageScanCompletedAt: completedAt,
    vulnerabilitySourceUpdatedAt: completedAt,
    findingSeverityCounts: { CRITICAL: 1, MEDIUM: 1 },
    findings: [
      {
        name: "CVE-2019-3462",
        uri: "https://security-tracker.debian.org/tracker/CVE-2019-3462",
        severity: "CRITICAL",
        attributes: [
          { key: "package_version", value: "1.4.8" },
          { key: "package_name", value: "apt" },
          { key: "CVSS2_SCORE", value: "9.3" },
        ],
      },
      { name: "CVE-2021-30139", severity: "MEDIUM", attributes: [{ key: "package_name", value: "apk-tools" }] },
    ],
  },
};

const enhanced: DescribeImageScanFindingsResponse = {
  imageScanStatus: { status: "ACTIVE", description: "Continuous scan is selected for image." },
  imageScanFindings: {
    imageScanCompletedAt: completedAt,
    findingSeverityCounts: { HIGH: 1, CRITICAL: 1 },
    enhancedFindings: [
      {
        severity: "HIGH",
        status: "ACTIVE",
        title: "CVE-2022-49043 - libxml2",
        type: "PACKAGE_VULNERABILITY",
        fixAvailable: "NO",
        packageVulnerabilityDetails: {
          vulnerabilityId: "CVE-2022-49043",
          referenceUrls: ["https://lists.debian.org/debian-lts-announce/2025"],
          vulnerablePackages: [{ name: "libxml2", version: "2.9.14", fixedInVersion: "NotAvailable" }],
        },
      },
      {
        severity: "CRITICAL",
        fixAvailable: "YES",
        packageVulnerabilityDetails: {
          vulnerabilityId: "CVE-2026-1",
          sourceUrl: "https://nvd.nist.gov/vuln/detail/CVE-2026-1",
          vulnerablePackages: [
            { name: "libssl3", version: "3.0.1", fixedInVersion: "3.0.2" },
            { name: "openssl", version: "3.0.1", fixedInVersion: "3.0.2" },
          ],
        },
      },
      { severity: "UNTRIAGED", fixAvailable: "PARTIAL", title: "CVE-2026-2 - zlib" },
    ],
  },
};

const emptyComplete: DescribeImageScanFindingsResponse = {
  imageScanStatus: { status: "COMPLETE", description: "The scan was completed successfully." },
  imageScanFindings: { findings: [] },
};
const clean: DescribeImageScanFindingsResponse = {
  ...emptyComplete,
  imageScanFindings: { findings: [], imageScanCompletedAt: completedAt, findingSeverityCounts: {} },
};
const scratch: DescribeImageScanFindingsResponse = { imageScanStatus: { status: "UNSUPPORTED_IMAGE" } };

describe("ECR's scan result", () => {
  test("has package and version of a basic finding, and no fixes", () => {
    expect(readScanPages([basic])).toMatchObject({
      status: "COMPLETE",
      completedAt: completedAt.toISOString(),
      isComplete: true,
      counts: { critical: 1, medium: 1 },
      findings: [
        {
          id: "CVE-2019-3462",
          severity: "critical",
          package: "apt",
          installedVersion: "1.4.8",
          link: "https://security-tracker.debian.org/tracker/CVE-2019-3462",
          fixable: "unknown",
        },
        { id: "CVE-2021-30139", severity: "medium", package: "apk-tools", fixable: "unknown" },
      ],
    });
  });

  test("has every package of an enhanced finding, and the version that fixes it", () => {
    expect(readScanPages([enhanced])).toMatchObject({
      status: "ACTIVE",
      isComplete: false,
      findings: [
        { id: "CVE-2022-49043", severity: "high", package: "libxml2", installedVersion: "2.9.14", fixable: "no" },
        {
          id: "CVE-2026-1",
          severity: "critical",
          package: "libssl3, openssl",
          installedVersion: "3.0.1",
          fixedVersion: "3.0.2",
          link: "https://nvd.nist.gov/vuln/detail/CVE-2026-1",
          fixable: "yes",
        },
        { id: "CVE-2026-2 - zlib", severity: "undefined", fixable: "yes" },
      ],
    });
    expect(readScanPages([enhanced])).not.toHaveProperty("findings[0].fixedVersion");
  });

  test("that is COMPLETE and has enhanced findings is read as enhanced", () => {
    const complete = { ...enhanced, imageScanStatus: { status: "COMPLETE" } } as const;
    expect(readScanPages([complete])).toMatchObject({ findings: [{ fixable: "no" }, { fixable: "yes" }, {}] });
  });

  test.each([
    ["basic", basic, {}, "refused"],
    ["basic, where critical ones may pass", basic, { maximum: { critical: 1 } }, "passed"],
    ["basic, fixable only", basic, { fixableOnly: true }, "refused"],
    ["enhanced", enhanced, {}, "refused"],
    [
      "enhanced, a high one without a fix",
      enhanced,
      { maximum: { critical: 1, high: 0 }, fixableOnly: true },
      "passed",
    ],
    ["enhanced, untriaged", enhanced, { maximum: { critical: 1, undefined: 0 } }, "refused"],
    ["scratch", scratch, {}, "no-result"],
    ["scratch, where it is allowed", scratch, { unsupported: "allow" }, "passed"],
    ["COMPLETE with nothing in it", emptyComplete, {}, "passed"],
    ["clean", clean, {}, "passed"],
  ] as const)("is judged: %s %#", (_, page, gate, expected) => {
    const policy = { gate: v.parse(ScanGate, gate), waivers: [], since: now, now };
    const scan = readScanPages([page]);
    const unchanged = { fingerprint: "the same", since: new Date(now.getTime() - 60_000).toISOString(), changes: 0 };
    expect(judgeScan(scan, policy, unchanged).state).toBe(expected);
  });

  test.each([
    ["basic findings", basic, true],
    ["enhanced findings", enhanced, false],
    ["no findings, with a time", clean, false],
    ["no findings and no time", emptyComplete, false],
  ])("is known to be complete only with basic findings: %s", (_, page, isComplete) => {
    expect(readScanPages([page])).toMatchObject({ isComplete });
  });
});

describe("reading a scan", () => {
  async function pushed(scans: ScenarioInput["scans"]) {
    const clock = virtualClock();
    const aws = await startLocalAws({ clock, scenario: { scans } });
    const client = new ECRClient(aws.clientConfig());
    onTestFinished(async () => {
      client.destroy();
      await aws.close();
    });
    const repository = "shop/backend";
    const imageScanningConfiguration = { scanOnPush: true };
    await client.send(new CreateRepositoryCommand({ repositoryName: repository, imageScanningConfiguration }));
    const content = simulatedImage({ revision: "a".repeat(40), created: now, sizeBytes: 1_000_000, salt: "1" });
    const { digest } = aws.images.push({ repository, tags: ["v1"], ...content });
    return { clock, read: (each = digest) => ecrScanFindings(client).readScan(repository, each) };
  }

  test("reads all of 3,000 findings on several pages", async () => {
    const findings = Array.from({ length: 3000 }, (_, each) => ({ id: `CVE-2026-${each}`, severity: "LOW" as const }));
    const { clock, read } = await pushed([{ findings }]);
    await clock.advance(60_000);
    const answer = await read();
    expect(answer).toMatchObject({ found: true, counts: { low: 3000 } });
    expect(answer.found && answer.findings.map(({ id }) => id)).toEqual(findings.map(({ id }) => id));
  });

  test("finds no scan before it has started", async () => {
    const { read } = await pushed([]);
    expect(await read()).toEqual({ found: false });
  });

  test("rejects a deleted image with the remedy", async () => {
    const { read } = await pushed([]);
    await expect(read(`sha256:${"0".repeat(64)}`)).rejects.toMatchObject({
      name: "RejectedError",
      code: "IMAGE_NOT_FOUND",
      message: expect.stringContaining("start a new execution"),
    });
  });
});
