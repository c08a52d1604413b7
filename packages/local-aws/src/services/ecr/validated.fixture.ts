import type { Validated } from "../validation.fixture.ts";

const shop = { repositoryName: "shop" };
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.index.v1+json",
  manifests: [],
});

export const validatedEcr: Validated = {
  errors: ["InvalidParameterException"],
  free: [
    "BatchDeleteImage.imageIds.imageDigest",
    "BatchGetImage.imageIds.imageDigest",
    "BatchGetImage.acceptedMediaTypes",
    // ECR finds no scan before it reads the token.
    "DescribeImageScanFindings.nextToken",
  ],
  setUp: [
    ["CreateRepository", shop],
    ["PutImage", { ...shop, imageManifest: manifest, imageTag: "shop" }],
  ],
  absent: [
    ...[
      "BatchDeleteImage",
      "BatchGetImage",
      "DescribeImageScanFindings",
      "DescribeImages",
      "GetDownloadUrlForLayer",
      "ListImages",
      "PutImage",
      "PutImageScanningConfiguration",
      "StartImageScan",
    ].flatMap((operation) => [
      [operation, { repositoryName: "blog" }, "RepositoryNotFoundException"] as const,
      [operation, { ...shop, registryId: "444455556666" }, "RepositoryNotFoundException"] as const,
    ]),
    ["DescribeRepositories", { repositoryNames: ["blog"] }, "RepositoryNotFoundException"],
    ["DescribeRepositories", { registryId: "444455556666" }, "RepositoryNotFoundException"],
    ["DescribeImages", { ...shop, imageIds: [{ imageTag: "none" }] }, "ImageNotFoundException"],
    ["DescribeImageScanFindings", { ...shop, imageId: { imageTag: "none" } }, "ImageNotFoundException"],
    ["DescribeImageScanFindings", { ...shop, imageId: { imageTag: "shop" } }, "ScanNotFoundException"],
    ["StartImageScan", { ...shop, imageId: { imageTag: "none" } }, "ImageNotFoundException"],
    ["GetDownloadUrlForLayer", { ...shop, layerDigest: "sha256:0" }, "LayersNotFoundException"],
  ],
  valid: {
    CreateRepository: { repositoryName: "blog" },
    PutImage: { imageManifest: manifest, imageTag: "new" },
    DescribeImageScanFindings: { imageId: { imageTag: "shop" } },
    StartImageScan: { imageId: { imageTag: "shop" } },
  },
};
