import {
  CreateRepository$,
  type CreateRepositoryRequest,
  type CreateRepositoryResponse,
  DescribeRepositories$,
  type DescribeRepositoriesRequest,
  type DescribeRepositoriesResponse,
  type EncryptionConfiguration,
} from "@aws-sdk/client-ecr";
import { notInLocalAws } from "../../protocol/errors.ts";
import { type Operation, type Parsed, operation } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { paginate } from "../../protocol/pagination.ts";
import { invalidParameter, repositoryAlreadyExists, repositoryNotFound } from "./errors.ts";
import { pageSize } from "./page-size.ts";
import type { Registry } from "./registry.ts";

export function repositoryOperations(world: World, registry: Registry): Record<string, Operation> {
  function create(input: Parsed<CreateRepositoryRequest>): CreateRepositoryResponse {
    const { repositoryName, registryId = registry.registryId } = input;
    if (registryId !== registry.registryId) throw notInLocalAws(`the registry of another account (${registryId})`);
    if (registry.repositories.has(repositoryName)) throw repositoryAlreadyExists(repositoryName, registryId);
    const description = {
      repositoryArn: `arn:aws:ecr:${world.region}:${registryId}:repository/${repositoryName}`,
      registryId,
      repositoryName,
      repositoryUri: `${registryId}.dkr.ecr.${world.region}.amazonaws.com/${repositoryName}`,
      createdAt: new Date(world.clock.now()),
      imageTagMutability: input.imageTagMutability ?? "MUTABLE",
      ...(input.imageTagMutabilityExclusionFilters !== undefined && {
        imageTagMutabilityExclusionFilters: input.imageTagMutabilityExclusionFilters,
      }),
      imageScanningConfiguration: { scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false },
      encryptionConfiguration: encryption(input.encryptionConfiguration),
    };
    registry.repositories.set(repositoryName, {
      description,
      images: new Map(),
      tags: new Map(),
      blobs: new Set(),
      configs: new Map(),
    });
    return { repository: description };
  }

  function describe(input: Parsed<DescribeRepositoriesRequest>): DescribeRepositoriesResponse {
    const { registryId = registry.registryId, repositoryNames } = input;
    if (repositoryNames !== undefined) {
      if (input.nextToken !== undefined || input.maxResults !== undefined) {
        throw invalidParameter("repositoryNames", "Member must not be combined with 'nextToken' or 'maxResults'");
      }
      return { repositories: repositoryNames.map((name) => registry.repository(name, registryId).description) };
    }
    if (registryId !== registry.registryId) throw repositoryNotFound("*", registryId);
    const { items, nextToken } = paginate([...registry.repositories.values()], {
      size: pageSize(input.maxResults),
      nextToken: input.nextToken,
      invalidToken: invalidParameter("nextToken", "Member must be a token of an earlier answer"),
    });
    return { repositories: items.map(({ description }) => description), ...(nextToken !== undefined && { nextToken }) };
  }

  return {
    CreateRepository: operation<CreateRepositoryRequest, CreateRepositoryResponse>(
      CreateRepository$,
      [
        "registryId",
        "repositoryName",
        "imageTagMutability",
        "imageTagMutabilityExclusionFilters",
        "imageScanningConfiguration",
        "encryptionConfiguration",
      ],
      create,
    ),
    DescribeRepositories: operation<DescribeRepositoriesRequest, DescribeRepositoriesResponse>(
      DescribeRepositories$,
      ["registryId", "repositoryNames", "nextToken", "maxResults"],
      describe,
    ),
  };
}

function encryption(requested: Parsed<EncryptionConfiguration> | undefined): EncryptionConfiguration {
  if (requested === undefined) return { encryptionType: "AES256" };
  if (requested.encryptionType !== "AES256" && requested.kmsKey === undefined) {
    throw notInLocalAws("the AWS managed key for ECR (set encryptionConfiguration.kmsKey)");
  }
  return requested;
}
