import { describe, expect, test } from "vitest";
import { type Backend, backendOf } from "../protocol/backend.ts";
import type { Answer } from "../protocol/answer.ts";
import { virtualClock } from "../clock/virtual-clock.ts";
import { createServices } from "./services.fixture.ts";
import { baseOf, refusableRequests, unusedConstraints, type ValidRequests } from "./validation.fixture.ts";

type Validated = {
  /** Names of the service's errors for a member that breaks a constraint or names nothing. */
  errors: readonly string[];
  /** Requests that create what the valid requests refer to. */
  setUp: readonly (readonly [operation: string, input: object])[];
  valid: ValidRequests;
  /** Requests for something that does not exist, with the error. */
  absent: readonly (readonly [operation: string, input: object, error: string])[];
  /** Members whose text may have any length, or is answered with a failure in an answer without error. */
  free: readonly string[];
};

const networkConfiguration = { awsvpcConfiguration: { subnets: ["subnet-1"] } };
const shop = { repositoryName: "shop" };
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.index.v1+json",
  manifests: [],
});
const definition = {
  family: "shop",
  networkMode: "awsvpc",
  requiresCompatibilities: ["FARGATE"],
  cpu: "256",
  memory: "512",
  containerDefinitions: [{ name: "shop", image: "shop" }],
};

const services: Readonly<Record<string, Validated>> = {
  ecr: {
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
  },
  ecs: {
    errors: ["InvalidParameterException", "ClientException", "PlatformUnknownException"],
    // Lifecycle hooks are not implemented.
    free: [
      "CreateService.deploymentConfiguration.lifecycleHooks.hookTargetArn",
      "CreateService.deploymentConfiguration.lifecycleHooks.roleArn",
      "UpdateService.deploymentConfiguration.lifecycleHooks.hookTargetArn",
      "UpdateService.deploymentConfiguration.lifecycleHooks.roleArn",
    ],
    setUp: [
      ["CreateCluster", {}],
      ["RegisterTaskDefinition", definition],
      ["CreateService", { serviceName: "shop", taskDefinition: "shop", desiredCount: 0, networkConfiguration }],
    ],
    absent: [
      ...[
        "CreateService",
        "DeleteService",
        "DescribeServices",
        "DescribeTasks",
        "ListServiceDeployments",
        "ListServices",
        "ListTasks",
        "RunTask",
        "StopTask",
        "UpdateService",
      ].map((operation) => [operation, { cluster: "none" }, "ClusterNotFoundException"] as const),
      ...["DeleteService", "ListServiceDeployments", "UpdateService"].map(
        (operation) => [operation, { service: "none" }, "ServiceNotFoundException"] as const,
      ),
      ["ListTasks", { serviceName: "none" }, "ServiceNotFoundException"],
      ["StopTask", { task: "1".repeat(32) }, "InvalidParameterException"],
      ...["CreateService", "UpdateService", "RunTask", "DescribeTaskDefinition"].flatMap((operation) => [
        [operation, { taskDefinition: "none" }, "ClientException"] as const,
        [operation, { taskDefinition: "shop:2" }, "ClientException"] as const,
      ]),
      ["DeregisterTaskDefinition", { taskDefinition: "shop:2" }, "ClientException"],
      ["DeregisterTaskDefinition", { taskDefinition: "shop" }, "ClientException"],
      ["StopServiceDeployment", {}, "ServiceDeploymentNotFoundException"],
      ...["ListClusters", "ListServices", "ListTasks", "ListTaskDefinitions", "ListServiceDeployments"].map(
        (operation) => [operation, { nextToken: "none" }, "InvalidParameterException"] as const,
      ),
    ],
    valid: {
      UpdateService: { service: "shop" },
      ListServiceDeployments: { service: "shop" },
      RegisterTaskDefinition: definition,
      DeregisterTaskDefinition: { taskDefinition: "shop:1" },
      CreateService: { serviceName: "blog", taskDefinition: "shop", desiredCount: 0, networkConfiguration },
      RunTask: { taskDefinition: "shop", launchType: "FARGATE", networkConfiguration },
      DescribeServiceDeployments: {
        serviceDeploymentArns: ["arn:aws:ecs:us-east-1:111122223333:service-deployment/default/shop/none"],
      },
      DescribeServiceRevisions: {
        serviceRevisionArns: ["arn:aws:ecs:us-east-1:111122223333:service-revision/default/shop/none"],
      },
      StopServiceDeployment: {
        serviceDeploymentArn: "arn:aws:ecs:us-east-1:111122223333:service-deployment/default/shop/none",
      },
    },
  },
};

function open(name: string): Backend {
  const service = createServices(virtualClock()).find((one) => one.name === name);
  if (service === undefined) throw new Error(`There is no service ${name}`);
  return backendOf(service);
}

async function answer(backend: Backend, operation: string, input: object): Promise<Answer> {
  const caller = { kind: "outside", accessKeyId: "AKIATEST" } as const;
  const call = { service: backend.service.name, operation, requestId: "1", caller };
  return await backend.perform(call, JSON.stringify(input));
}

async function send(backend: Backend, operation: string, input: object): Promise<{ status: number; error: string }> {
  const { status, errorName = "no error" } = await answer(backend, operation, input);
  return { status, error: errorName };
}

describe.each(Object.entries(services))("%s", (name, { absent, errors, free, setUp, valid }) => {
  const { service } = open(name);
  const requests = refusableRequests(service, valid);

  test("has constraints for members that exist", () => {
    expect(unusedConstraints(service)).toEqual([]);
  });

  test.each(absent)("%s for %j answers %s", async (operation, input, error) => {
    const backend = open(name);
    for (const [first, request] of setUp) await send(backend, first, request);
    const request = { ...baseOf(service, operation, valid), ...input };
    expect(await send(backend, operation, request)).toEqual({ status: 400, error });
  });

  test.each(["type", "missing", "oneOf", "length", "pattern", "range", "endless"] as const)(
    "refuses every member that is wrong in its %s",
    async (kind) => {
      const ofKind = requests.filter((one) => one.kind === kind);
      expect(ofKind.length).toBeGreaterThan(0);
      const answered: string[] = [];
      const refused = kind === "type" ? ["SerializationException"] : errors;
      for (const { operation, member, input } of ofKind) {
        const backend = open(name);
        for (const [first, request] of setUp)
          expect(await send(backend, first, request)).toMatchObject({ status: 200 });
        const { status, error } = await send(backend, operation, input);
        if (kind === "endless" && free.includes(`${operation}.${member}`)) continue;
        if (status !== 400 || !refused.includes(error)) answered.push(`${operation}.${member}: ${status} ${error}`);
      }
      expect(answered).toEqual([]);
    },
  );
});

test.each([
  [
    "ecs",
    "CreateService",
    { serviceName: "shop", deploymentController: { type: "JENKINS" } },
    "InvalidParameterException",
    "type should be one of [CODE_DEPLOY,ECS,EXTERNAL]",
  ],
  [
    "ecs",
    "RegisterTaskDefinition",
    { ...definition, networkMode: "overlay" },
    "ClientException",
    "networkMode should be one of [awsvpc,bridge,host,none]",
  ],
  ["ecs", "DescribeClusters", { include: ["ALL"] }, "InvalidParameterException", "include should be one of ["],
  ["ecs", "ListTasks", { family: "shop:2" }, "InvalidParameterException", "family must match ^[a-zA-Z0-9\\-_]+$"],
  ["ecs", "RunTask", {}, "InvalidParameterException", "TaskDefinition can not be blank."],
  ["ecs", "DescribeTasks", { tasks: [] }, "InvalidParameterException", "Tasks cannot be empty."],
  [
    "ecr",
    "BatchGetImage",
    { ...shop, imageIds: [] },
    "InvalidParameterException",
    "Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have length greater than or equal to 1'",
  ],
  [
    "ecr",
    "ListImages",
    { ...shop, maxResults: 1001 },
    "InvalidParameterException",
    "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value less than or equal to 1000'",
  ],
  [
    "ecr",
    "DescribeImages",
    { ...shop, imageIds: [{ imageTag: "a b" }] },
    "InvalidParameterException",
    "Invalid parameter at 'imageTag' failed to satisfy constraint: 'must satisfy regular expression '[a-zA-Z0-9-_.]+''",
  ],
])("%s answers %s with %j in AWS's words", async (name, operation, input, error, message) => {
  const { body } = await answer(open(name), operation, input);
  expect(JSON.parse(String(body))).toEqual({
    __type: error,
    message: expect.stringContaining(message),
  });
});
