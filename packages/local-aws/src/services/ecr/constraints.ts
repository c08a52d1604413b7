/**
 * What ECR demands of request members: its API model and docs.aws.amazon.com/AmazonECR/latest/APIReference. The digest of
 * an ImageIdentifier is checked where it is used, because batch operations answer a malformed one with a failure.
 */
import * as sdk from "@aws-sdk/client-ecr";
import type { Constraint, Constraints, RefuseViolations } from "../../protocol/constraints.ts";
import { digestPattern, invalidParameter } from "./errors.ts";

const oneOf = (values: Readonly<Record<string, string>>): Constraint => ({ oneOf: Object.values(values) });

const registryId: Constraint = { pattern: /[0-9]{12}/ };
const repositoryName: Constraint = {
  length: [2, 256],
  pattern: /[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*/,
};
const imageTag: Constraint = { length: [1, 300], pattern: /[a-zA-Z0-9-_.]+/ };
const digest: Constraint = { pattern: new RegExp(digestPattern) };
const imageIds: Constraint = { length: [1, 100] };
const maxResults: Constraint = { range: [1, 1000], integer: true };
const named = { registryId, repositoryName };
const filter = { imageStatus: oneOf(sdk.ImageStatusFilter), tagStatus: oneOf(sdk.TagStatus) };

export const ecrConstraints: Constraints = {
  BatchDeleteImageRequest: { ...named, imageIds },
  BatchGetImageRequest: { ...named, imageIds, acceptedMediaTypes: { length: [1, 100] } },
  CreateRepositoryRequest: {
    ...named,
    imageTagMutability: oneOf(sdk.ImageTagMutability),
    imageTagMutabilityExclusionFilters: { length: [1, 5] },
  },
  DescribeImageScanFindingsRequest: { ...named, maxResults },
  DescribeImagesRequest: { ...named, imageIds, maxResults },
  DescribeImagesFilter: filter,
  DescribeRepositoriesRequest: { registryId, maxResults, repositoryNames: { length: [1, 100], each: repositoryName } },
  EncryptionConfiguration: { encryptionType: oneOf(sdk.EncryptionType), kmsKey: { length: [1, 2048] } },
  GetAuthorizationTokenRequest: { registryIds: { length: [1, 10], each: registryId } },
  GetDownloadUrlForLayerRequest: { ...named, layerDigest: digest },
  ImageIdentifier: { imageTag },
  ImageTagMutabilityExclusionFilter: {
    filter: { length: [1, 128], pattern: /[0-9a-zA-Z._*-]{1,128}/ },
    filterType: oneOf(sdk.ImageTagMutabilityExclusionFilterType),
  },
  ListImagesRequest: { ...named, maxResults },
  ListImagesFilter: filter,
  PutImageRequest: { ...named, imageDigest: digest, imageManifest: { length: [1, 4_194_304] }, imageTag },
  PutImageScanningConfigurationRequest: named,
  StartImageScanRequest: named,
};

/**
 * ECR reports the first broken constraint: `Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have
 * length less than or equal to 100'` (trek10inc/ecr-cleaner#8); for the elements of a list `Member must satisfy constraint:
 * […]` (aws-actions/amazon-ecr-login#225).
 */
export const refuseInEcr: RefuseViolations = (violations) => {
  const [first] = violations;
  if (first === undefined) return invalidParameter("request", "Member must be valid");
  const { broken, constraint, member, path } = first;
  if (path.endsWith(".member")) return invalidParameter(member, `Member must satisfy constraint: [${constraint}]`);
  if (broken.kind === "pattern") return invalidParameter(member, `must satisfy regular expression '${broken.pattern}'`);
  return invalidParameter(member, constraint);
};
