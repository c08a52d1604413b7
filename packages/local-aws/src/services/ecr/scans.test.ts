import {
  DescribeImageScanFindingsCommand,
  type DescribeImageScanFindingsResponse,
  PutImageCommand,
  PutImageScanningConfigurationCommand,
  StartImageScanCommand,
} from "@aws-sdk/client-ecr";
import { describe, expect, it } from "vitest";
import type { ScenarioInput } from "../../scenario/scenario.ts";
import { failureOf } from "../../protocol/wire.fixture.ts";
import { accountId, type EcrWorld, push, repositoryName, startEcr } from "./ecr.fixture.ts";

const index = "application/vnd.oci.image.index.v1+json";

/** ECR with a repository that scans on push. */
async function startScanning(scans: ScenarioInput["scans"] = []): Promise<EcrWorld> {
  const world = await startEcr("IMMUTABLE", scans);
  const imageScanningConfiguration = { scanOnPush: true };
  await world.ecr.send(new PutImageScanningConfigurationCommand({ repositoryName, imageScanningConfiguration }));
  return world;
}

const read = ({ ecr }: EcrWorld, imageDigest: string, page: { maxResults?: number; nextToken?: string } = {}) =>
  ecr.send(new DescribeImageScanFindingsCommand({ repositoryName, imageId: { imageDigest }, ...page }));

const start = ({ ecr }: EcrWorld, imageDigest: string) =>
  ecr.send(new StartImageScanCommand({ repositoryName, imageId: { imageDigest } }));

describe("a basic scan", () => {
  it("does not exist at first, then is in progress, then complete with its findings", async () => {
    const world = await startScanning([
      {
        seconds: 10,
        findings: [{ id: "CVE-2026-1", severity: "HIGH", package: "openssl", installedVersion: "3.0.1" }],
      },
    ]);
    const { digest } = push(world, "v1");
    expect(await failureOf(read(world, digest))).toMatchObject({
      name: "ScanNotFoundException",
      message: `Image scan does not exist for the image with '{imageDigest:'${digest}', imageTag:'null'}' in the repository with name '${repositoryName}' in the registry with id '${accountId}'`,
    });
    await world.clock.advance(2_000);
    const inProgress = await read(world, digest);
    expect(inProgress.imageScanStatus).toEqual({ status: "IN_PROGRESS" });
    expect(inProgress.imageScanFindings).toBeUndefined();
    await world.clock.advance(20_000);
    expect(await read(world, digest)).toMatchObject({
      registryId: accountId,
      repositoryName,
      imageId: { imageDigest: digest },
      imageScanStatus: { status: "COMPLETE", description: "The scan was completed successfully." },
      imageScanFindings: {
        findingSeverityCounts: { HIGH: 1 },
        imageScanCompletedAt: expect.any(Date),
        findings: [
          {
            name: "CVE-2026-1",
            severity: "HIGH",
            attributes: [
              { key: "package_version", value: "3.0.1" },
              { key: "package_name", value: "openssl" },
            ],
          },
        ],
      },
    });
  });

  it("has two findings of severity LOW without a scenario rule, and causes an event when it ends", async () => {
    const world = await startScanning();
    const { digest } = push(world, "v1");
    await world.clock.advance(60_000);
    expect((await read(world, digest)).imageScanFindings?.findingSeverityCounts).toEqual({ LOW: 2 });
    expect(world.events.at(-1)).toEqual({
      source: "aws.ecr",
      detailType: "ECR Image Scan",
      resources: [`arn:aws:ecr:us-east-1:${accountId}:repository/${repositoryName}`],
      detail: {
        "scan-status": "COMPLETE",
        "repository-name": repositoryName,
        "finding-severity-counts": { LOW: 2 },
        "image-digest": digest,
        "image-tags": ["v1"],
      },
    });
  });

  it("starts only on request in a repository without scan on push, once a day", async () => {
    const world = await startEcr();
    const { digest } = push(world, "v1");
    await world.clock.advance(60_000);
    expect(await failureOf(read(world, digest))).toMatchObject({ name: "ScanNotFoundException" });
    expect((await start(world, digest)).imageScanStatus).toEqual({ status: "IN_PROGRESS" });
    expect(await failureOf(start(world, digest))).toMatchObject({ name: "LimitExceededException" });
    await world.clock.advance(24 * 3600 * 1000);
    expect((await start(world, digest)).imageScanStatus).toEqual({ status: "IN_PROGRESS" });
  });

  it("is COMPLETE without findings for a while, if the scenario says so", async () => {
    const world = await startScanning([{ beginsSeconds: 0, seconds: 0, emptySeconds: 30 }]);
    const { digest } = push(world, "v1");
    await world.clock.advance(10_000);
    const { imageScanStatus, imageScanFindings } = await read(world, digest);
    expect(imageScanStatus?.status).toBe("COMPLETE");
    expect(imageScanFindings).toEqual({ findings: [] });
    await world.clock.advance(30_000);
    expect((await read(world, digest)).imageScanFindings).toHaveProperty("imageScanCompletedAt");
  });

  it.each(["IN_PROGRESS", "FAILED", "UNSUPPORTED_IMAGE"] as const)(
    "ends as %s if the scenario says so",
    async (status) => {
      const world = await startScanning([{ status, description: "A description" }]);
      const { digest } = push(world, "v1");
      await world.clock.advance(3600_000);
      const answer = await read(world, digest);
      expect(answer.imageScanStatus).toEqual({ status, description: "A description" });
      expect(answer.imageScanFindings).toBeUndefined();
    },
  );
});

describe("an enhanced scan", () => {
  it("needs no scan on push, stays ACTIVE, and causes an event of Amazon Inspector", async () => {
    const findings = [
      { id: "CVE-2026-1", severity: "UNTRIAGED", package: "openssl", installedVersion: "3.0.1", fixedVersion: "3.0.2" },
      { id: "CVE-2026-2", severity: "CRITICAL" },
    ] as const;
    const world = await startEcr("IMMUTABLE", [{ type: "enhanced", findings: [...findings] }]);
    const { digest } = push(world, "v1");
    await world.clock.advance(50_000);
    expect((await read(world, digest)).imageScanStatus).toEqual({ status: "PENDING" });
    await world.clock.advance(60_000);
    const { imageScanStatus, imageScanFindings } = await read(world, digest);
    expect(imageScanStatus).toEqual({ status: "ACTIVE", description: "Continuous scan is selected for image." });
    expect(imageScanFindings).not.toHaveProperty("findings");
    expect(imageScanFindings?.findingSeverityCounts).toEqual({ UNDEFINED: 1, CRITICAL: 1 });
    expect(imageScanFindings?.enhancedFindings).toMatchObject([
      {
        severity: "UNTRIAGED",
        fixAvailable: "YES",
        packageVulnerabilityDetails: {
          vulnerabilityId: "CVE-2026-1",
          vulnerablePackages: [{ name: "openssl", version: "3.0.1", fixedInVersion: "3.0.2" }],
        },
      },
      { fixAvailable: "NO", packageVulnerabilityDetails: { vulnerablePackages: [{ fixedInVersion: "NotAvailable" }] } },
    ]);
    expect(world.events.at(-1)).toMatchObject({
      source: "aws.inspector2",
      detailType: "Inspector2 Scan",
      detail: {
        "scan-status": "INITIAL_SCAN_COMPLETE",
        "repository-name": `arn:aws:ecr:us-east-1:${accountId}:repository/${repositoryName}`,
        "finding-severity-counts": { UNDEFINED: 1, CRITICAL: 1, TOTAL: 2 },
      },
    });
  });
});

describe("the findings of an enhanced scan", () => {
  const counted = async (world: EcrWorld, digest: string) =>
    (await read(world, digest)).imageScanFindings?.findingSeverityCounts;

  it("arrive in instalments while the status is ACTIVE", async () => {
    const severities = ["CRITICAL", "HIGH", "LOW"] as const;
    const findings = severities.map((severity) => ({ id: `CVE-2026-${severity}`, severity }));
    const world = await startEcr("IMMUTABLE", [{ type: "enhanced", beginsSeconds: 0, seconds: 10, findings }]);
    const { digest } = push(world, "v1");
    await world.clock.advance(10_000);
    expect(await counted(world, digest)).toEqual({ CRITICAL: 1, HIGH: 1 });
    await world.clock.advance(20_000);
    expect(await counted(world, digest)).toEqual({ CRITICAL: 1, HIGH: 1, LOW: 1 });
  });

  it("arrive when the scenario says so", async () => {
    const late = { id: "CVE-2026-1", severity: "CRITICAL", afterSeconds: 90 } as const;
    const world = await startEcr("IMMUTABLE", [{ type: "enhanced", beginsSeconds: 0, seconds: 0, findings: [late] }]);
    const { digest } = push(world, "v1");
    await world.clock.advance(89_000);
    const { imageScanStatus, imageScanFindings } = await read(world, digest);
    expect(imageScanStatus?.status).toBe("ACTIVE");
    expect(imageScanFindings).toEqual({ findings: [] });
    await world.clock.advance(1_000);
    expect(await counted(world, digest)).toEqual({ CRITICAL: 1 });
  });

  it("have a completion time when there are none only if the scenario says so", async () => {
    const world = await startEcr("IMMUTABLE", [{ type: "enhanced", timeWithoutFindings: true }]);
    const { digest } = push(world, "v1");
    await world.clock.advance(600_000);
    expect((await read(world, digest)).imageScanFindings).toMatchObject({
      findings: [],
      imageScanCompletedAt: expect.any(Date),
    });
  });
});

describe("findings", () => {
  it("have pages of a hundred, or of the requested size", async () => {
    const findings = Array.from({ length: 250 }, (_, each) => ({ id: `CVE-2026-${each}`, severity: "LOW" as const }));
    const world = await startScanning([{ beginsSeconds: 0, seconds: 0, findings }]);
    const { digest } = push(world, "v1");
    expect((await read(world, digest)).imageScanFindings?.findings).toHaveLength(100);
    const seen: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const page: DescribeImageScanFindingsResponse = await read(world, digest, {
        maxResults: 120,
        ...(nextToken !== undefined && { nextToken }),
      });
      expect(page.imageScanFindings?.findingSeverityCounts).toEqual({ LOW: 250 });
      seen.push(...(page.imageScanFindings?.findings ?? []).map(({ name }) => name));
      ({ nextToken } = page);
    } while (nextToken !== undefined);
    expect(seen).toEqual(findings.map(({ id }) => id));
    expect(await failureOf(read(world, digest, { maxResults: 1001 }))).toMatchObject({
      name: "InvalidParameterException",
    });
    expect(await failureOf(read(world, digest, { nextToken: "?" }))).toMatchObject({
      name: "InvalidParameterException",
    });
  });
});

describe("an index", () => {
  it("is not scanned, but its images are", async () => {
    const world = await startScanning();
    const child = push(world, "child");
    const imageManifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: index,
      manifests: [{ mediaType: child.mediaType, digest: child.digest, size: 1 }],
    });
    await world.ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: "v1" }));
    const digest = world.images.find(repositoryName, "v1")?.digest ?? "";
    await world.clock.advance(60_000);
    expect(await failureOf(read(world, digest))).toMatchObject({ name: "ScanNotFoundException" });
    expect((await read(world, child.digest)).imageScanStatus?.status).toBe("COMPLETE");
    expect(await failureOf(start(world, digest))).toMatchObject({
      name: "UnsupportedImageTypeException",
      message: `An artifact with media type '${index}' cannot be scanned`,
    });
  });
});

it("refuses scans of images and repositories that do not exist", async () => {
  const world = await startScanning();
  expect(await failureOf(read(world, `sha256:${"0".repeat(64)}`))).toMatchObject({ name: "ImageNotFoundException" });
  const unknown = { repositoryName: "shop/gone", imageId: { imageTag: "v1" } };
  expect(await failureOf(world.ecr.send(new DescribeImageScanFindingsCommand(unknown)))).toMatchObject({
    name: "RepositoryNotFoundException",
  });
});
