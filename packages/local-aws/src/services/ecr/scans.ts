import {
  DescribeImageScanFindings$,
  type DescribeImageScanFindingsRequest,
  type DescribeImageScanFindingsResponse,
  GetRegistryScanningConfiguration$,
  type GetRegistryScanningConfigurationRequest,
  type GetRegistryScanningConfigurationResponse,
  type ImageDetail,
  type ImageIdentifier,
  PutImageScanningConfiguration$,
  type PutImageScanningConfigurationRequest,
  type PutImageScanningConfigurationResponse,
  StartImageScan$,
  type StartImageScanRequest,
  type StartImageScanResponse,
} from "@aws-sdk/client-ecr";
import type { ScanFinding } from "../../engines/engine.ts";
import { notInLocalAws } from "../../protocol/errors.ts";
import { type Call, type Operation, type Parsed, operation } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { paginate } from "../../protocol/pagination.ts";
import { cannotBeScanned, imageNotFound, invalidParameter, scanNotFound, scanQuotaExceeded } from "./errors.ts";
import { pageSize } from "./page-size.ts";
import { type Registry, type RegistryImage, type RepositoryState, resolve } from "./registry.ts";
import { countsOf, findingsPage, statusOf } from "./scan-answers.ts";
import { arrivedFindings, endOf, phaseOf, type Scan, type Scanner } from "./scanner.ts";

/** Basic scanning: one scan of an image in 24 hours, including the scan on push (StartImageScan). */
const quotaMs = 24 * 3600 * 1000;

/** What DescribeImages says about an image's scan; nothing without a scan. */
export type ScanSummary = Pick<ImageDetail, "imageScanStatus" | "imageScanFindingsSummary">;

/** @param now milliseconds */
export function scanSummary(scan: Scan | undefined, now: number): ScanSummary {
  const phase = scan === undefined ? "unknown" : phaseOf(scan, now);
  if (scan === undefined || phase === "unknown") return {};
  if (phase === "in-progress") return { imageScanStatus: inProgressStatus(scan) };
  if (phase === "empty") return { imageScanStatus: statusOf("COMPLETE") };
  const imageScanStatus = statusOf(scan.course.status, scan.course.description);
  if (scan.course.status !== "COMPLETE" && scan.course.status !== "ACTIVE") return { imageScanStatus };
  const findings = arrivedFindings(scan, now);
  if (findings.length === 0 && !scan.course.timeWithoutFindings) return { imageScanStatus };
  const completedAt = completedAtOf(scan, findings);
  return {
    imageScanStatus,
    imageScanFindingsSummary: {
      imageScanCompletedAt: completedAt,
      vulnerabilitySourceUpdatedAt: completedAt,
      findingSeverityCounts: countsOf(findings),
    },
  };
}

function completedAtOf(scan: Scan, findings: readonly ScanFinding[]): Date {
  const lastSeconds = Math.max(0, ...findings.map(({ afterSeconds }) => afterSeconds));
  return new Date(endOf(scan) + lastSeconds * 1000);
}

/** The operations of image scanning. */
export function scanOperations(world: World, registry: Registry, scanner: Scanner): Record<string, Operation> {
  const find = (repository: RepositoryState, id: ImageIdentifier): RegistryImage => {
    const image = resolve(repository, id);
    if (image === undefined) throw imageNotFound(id, repository.description.repositoryName, registry.registryId);
    return image;
  };

  const identify = (repositoryName: string, id: ImageIdentifier, { manifest }: RegistryImage) => ({
    registryId: registry.registryId,
    repositoryName,
    imageId: { ...id, imageDigest: manifest.digest },
  });

  function describe(input: Parsed<DescribeImageScanFindingsRequest>, call: Call): DescribeImageScanFindingsResponse {
    const size = pageSize(input.maxResults);
    const repository = registry.repository(input.repositoryName, input.registryId);
    const image = find(repository, input.imageId);
    const scan = scanner.find(image);
    // ECR calls Inspector with the caller's permissions: github.com/alexjurkiewicz/ecr-scan-image/issues/19 and
    // docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-iam.html
    if (scan?.course.type === "enhanced") {
      const arn = `arn:aws:inspector2:${world.region}:${world.accountId}:`;
      world.authorize?.(call, { action: "inspector2:ListCoverage", resource: `${arn}/coverage/list` });
      world.authorize?.(call, { action: "inspector2:ListFindings", resource: `${arn}/findings/list` });
    }
    const phase = scan === undefined ? "unknown" : phaseOf(scan, world.clock.now());
    if (scan === undefined || phase === "unknown") {
      throw scanNotFound(input.imageId, input.repositoryName, registry.registryId);
    }
    const identity = identify(input.repositoryName, input.imageId, image);
    if (phase === "in-progress") return { ...identity, imageScanStatus: inProgressStatus(scan) };
    if (phase === "empty")
      return { ...identity, imageScanStatus: statusOf("COMPLETE"), imageScanFindings: { findings: [] } };
    return { ...identity, ...ended(scan, { size, nextToken: input.nextToken }) };
  }

  function ended(scan: Scan, request: { size: number; nextToken: string | undefined }) {
    const { course } = scan;
    const imageScanStatus = statusOf(course.status, course.description);
    if (course.status !== "COMPLETE" && course.status !== "ACTIVE") return { imageScanStatus };
    const invalidToken = invalidParameter("nextToken", "Member must be a token of an earlier answer");
    const findings = arrivedFindings(scan, world.clock.now());
    const { items, nextToken } = paginate(findings, { ...request, invalidToken });
    if (findings.length === 0 && !course.timeWithoutFindings)
      return { imageScanStatus, imageScanFindings: { findings: [] } };
    const page = { items, completedAt: completedAtOf(scan, findings), counts: countsOf(findings) };
    return {
      imageScanStatus,
      imageScanFindings: findingsPage(course.type, page, world),
      ...(nextToken !== undefined && { nextToken }),
    };
  }

  function start(input: Parsed<StartImageScanRequest>): StartImageScanResponse {
    const repository = registry.repository(input.repositoryName, input.registryId);
    const image = find(repository, input.imageId);
    if (image.manifest.kind === "index") throw cannotBeScanned(image.manifest.mediaType);
    const last = scanner.find(image);
    if (last?.course.type === "enhanced") throw notInLocalAws("StartImageScan with enhanced scanning");
    if (last !== undefined && world.clock.now() - last.startedAt < quotaMs) throw scanQuotaExceeded();
    scanner.start(repository, image);
    return {
      ...identify(input.repositoryName, input.imageId, image),
      imageScanStatus: { status: "IN_PROGRESS" },
    };
  }

  function configure(input: Parsed<PutImageScanningConfigurationRequest>): PutImageScanningConfigurationResponse {
    const { repositoryName, registryId } = input;
    const { description } = registry.repository(repositoryName, registryId);
    description.imageScanningConfiguration = { scanOnPush: input.imageScanningConfiguration.scanOnPush ?? false };
    return {
      registryId: registry.registryId,
      repositoryName,
      imageScanningConfiguration: description.imageScanningConfiguration,
    };
  }

  return {
    DescribeImageScanFindings: operation<DescribeImageScanFindingsRequest, DescribeImageScanFindingsResponse>(
      DescribeImageScanFindings$,
      ["registryId", "repositoryName", "imageId", "nextToken", "maxResults"],
      describe,
    ),
    // The default of a registry that was never configured.
    GetRegistryScanningConfiguration: operation<
      GetRegistryScanningConfigurationRequest,
      GetRegistryScanningConfigurationResponse
    >(GetRegistryScanningConfiguration$, [], () => ({
      registryId: registry.registryId,
      scanningConfiguration: { scanType: "BASIC", rules: [] },
    })),
    StartImageScan: operation<StartImageScanRequest, StartImageScanResponse>(
      StartImageScan$,
      ["registryId", "repositoryName", "imageId"],
      start,
    ),
    PutImageScanningConfiguration: operation<
      PutImageScanningConfigurationRequest,
      PutImageScanningConfigurationResponse
    >(PutImageScanningConfiguration$, ["registryId", "repositoryName", "imageScanningConfiguration"], configure),
  };
}

function inProgressStatus({ course }: Scan) {
  if (course.status === "IN_PROGRESS" || course.status === "PENDING")
    return statusOf(course.status, course.description);
  return statusOf(course.type === "basic" ? "IN_PROGRESS" : "PENDING");
}
