import { describe, expect, test } from "vitest";
import { type Backend, backendOf } from "../protocol/backend.ts";
import { virtualClock } from "../clock/virtual-clock.ts";
import { createServices } from "./services.fixture.ts";
import { refusableRequests, unusedConstraints, type ValidRequests } from "./validation.fixture.ts";

type Validated = {
  /** Names of the service's errors for a member that breaks a constraint or names nothing. */
  errors: readonly string[];
  /** Requests that create what the valid requests refer to. */
  setUp: readonly (readonly [operation: string, input: object])[];
  valid: ValidRequests;
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
      // Before the token ECR looks for the scan.
      "DescribeImageScanFindings.nextToken",
    ],
    setUp: [
      ["CreateRepository", shop],
      ["PutImage", { ...shop, imageManifest: manifest, imageTag: "shop" }],
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
    valid: {
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

async function send(backend: Backend, operation: string, input: object): Promise<{ status: number; error: string }> {
  const caller = { kind: "outside", accessKeyId: "AKIATEST" } as const;
  const call = { service: backend.service.name, operation, requestId: "1", caller };
  const { status, errorName = "no error" } = await backend.perform(call, JSON.stringify(input));
  return { status, error: errorName };
}

describe.each(Object.entries(services))("%s", (name, { errors, free, setUp, valid }) => {
  const { service } = open(name);
  const requests = refusableRequests(service, valid);

  test("has constraints for members that exist", () => {
    expect(unusedConstraints(service)).toEqual([]);
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
