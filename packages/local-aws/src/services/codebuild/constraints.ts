/** CodeBuild's API model: https://docs.aws.amazon.com/codebuild/latest/APIReference/ */
import * as sdk from "@aws-sdk/client-codebuild";
import type { Constraint, Constraints } from "../../protocol/constraints.ts";

const oneOf = (values: Readonly<Record<string, string>>): Constraint => ({ oneOf: Object.values(values) });
const notEmpty: Constraint = { length: [1, Infinity] };
const buildTimeout: Constraint = { range: [5, 2160], integer: true };
const tagText = /[\p{L}\p{Z}\p{N}_.:/=@+-]*/u;

const project: Readonly<Record<string, Constraint>> = {
  description: { length: [0, 255] },
  serviceRole: notEmpty,
  timeoutInMinutes: buildTimeout,
  queuedTimeoutInMinutes: { range: [5, 480], integer: true },
  encryptionKey: notEmpty,
  tags: { length: [0, 50] },
};

export const codeBuildConstraints: Constraints = {
  CreateProjectInput: { name: { length: [2, 150], pattern: /[A-Za-z0-9][A-Za-z0-9\-_]{1,149}/ }, ...project },
  UpdateProjectInput: { name: notEmpty, ...project },
  ProjectSource: { type: oneOf(sdk.SourceType), gitCloneDepth: { range: [0, 2_147_483_647], integer: true } },
  SourceAuth: { type: oneOf(sdk.SourceAuthType) },
  ProjectArtifacts: {
    type: oneOf(sdk.ArtifactsType),
    namespaceType: oneOf(sdk.ArtifactNamespace),
    packaging: oneOf(sdk.ArtifactPackaging),
    bucketOwnerAccess: oneOf(sdk.BucketOwnerAccess),
  },
  ProjectCache: { type: oneOf(sdk.CacheType), modes: { each: oneOf(sdk.CacheMode) } },
  ProjectEnvironment: {
    type: oneOf(sdk.EnvironmentType),
    image: notEmpty,
    computeType: oneOf(sdk.ComputeType),
    imagePullCredentialsType: oneOf(sdk.ImagePullCredentialsType),
  },
  DockerServer: { computeType: oneOf(sdk.ComputeType), securityGroupIds: { length: [0, 5], each: notEmpty } },
  ComputeConfiguration: {
    vCpu: { integer: true },
    memory: { integer: true },
    disk: { integer: true },
    machineType: oneOf(sdk.MachineType),
    instanceType: notEmpty,
  },
  EnvironmentVariable: { name: notEmpty, type: oneOf(sdk.EnvironmentVariableType) },
  RegistryCredential: { credential: notEmpty, credentialProvider: oneOf(sdk.CredentialProviderType) },
  Tag: { key: { length: [1, 127], pattern: tagText }, value: { length: [0, 255], pattern: tagText } },
  BatchGetProjectsInput: { names: { length: [1, 100], each: notEmpty } },
  ListProjectsInput: {
    sortBy: oneOf(sdk.ProjectSortByType),
    sortOrder: oneOf(sdk.SortOrderType),
    nextToken: notEmpty,
  },

  StartBuildInput: {
    projectName: notEmpty,
    environmentTypeOverride: oneOf(sdk.EnvironmentType),
    imageOverride: notEmpty,
    timeoutInMinutesOverride: buildTimeout,
  },
  StopBuildInput: { id: notEmpty },
  BatchGetBuildsInput: { ids: { length: [1, 100], each: notEmpty } },
  ListBuildsInput: { sortOrder: oneOf(sdk.SortOrderType) },
  ListBuildsForProjectInput: { projectName: notEmpty, sortOrder: oneOf(sdk.SortOrderType) },
};
