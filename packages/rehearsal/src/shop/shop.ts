import { CodeBuildClient, CreateProjectCommand } from "@aws-sdk/client-codebuild";
import { CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
} from "@aws-sdk/client-ecs";
import { CreateRoleCommand, EntityAlreadyExistsException, IAMClient } from "@aws-sdk/client-iam";
import { buildMachines } from "@lockmaster/core/build/build-machine.ts";
import type { RepositoryBuilds } from "@lockmaster/core/config/builds.ts";
import type { Installation } from "@lockmaster/core/config/installation.ts";
import type { EnvironmentConfiguration, RepositoryConfiguration } from "@lockmaster/core/config/schema.ts";
import { buildProjectName, checkProjectName } from "@lockmaster/core/lib/names.ts";
import type { BuildKind } from "@lockmaster/installation/builds/build-kind.ts";
import { projectSettings } from "@lockmaster/installation/builds/project-settings.ts";
import { type LocalAws, simulatedImage } from "@lockmaster/local-aws";
import { accountRegionOf } from "./account-region.ts";
import { seededNames, type SeededNames } from "./seeded-names.ts";

/** The commit of the images that run before the first release. */
export const firstCommit = "0".repeat(39) + "1";

export type ShopOptions = {
  /** Number of tasks of each service. */
  desiredCount?: number;
  /** ECS names of services without circuit breaker; the others have one, with rollback. */
  withoutCircuitBreaker?: readonly string[];
};

type ProjectOptions = {
  buildProjectPrefix: string;
  /** Text of `buildspec.yml`. */
  buildspec: string;
  builds: RepositoryBuilds;
  /** Of the projects' machines. */
  platform: Installation["builds"]["platform"];
};

/**
 * Creates what a repository's configuration refers to, as it exists before the first release: ECR repositories with a first
 * image, CodeBuild projects, clusters and running Fargate services.
 */
export async function createShop(
  aws: LocalAws,
  repository: string,
  configuration: RepositoryConfiguration,
  options: ShopOptions & ProjectOptions,
): Promise<void> {
  await createRepositories(aws, configuration);
  const { buildProjectPrefix: prefix } = options;
  await createProject(aws, "build", buildProjectName(prefix, repository), repository, options);
  await createProject(aws, "check", checkProjectName(prefix, repository), repository, options);
  for (const environment of Object.values(configuration.environments)) {
    const ecs = new ECSClient(aws.clientConfig(accountRegionOf(environment)));
    await ecs.send(new CreateClusterCommand({ clusterName: environment.cluster }));
    for (const [key, names] of seededNames(environment))
      await createService(aws, ecs, configuration, environment, { key, ...names }, options);
    ecs.destroy();
  }
}

async function createRepositories(aws: LocalAws, configuration: RepositoryConfiguration): Promise<void> {
  const ecr = new ECRClient(aws.clientConfig());
  for (const { repository, platform } of Object.values(configuration.images)) {
    if (aws.images.find(repository, firstCommit) !== undefined) continue;
    await ecr.send(
      new CreateRepositoryCommand({
        repositoryName: repository,
        imageTagMutability: "IMMUTABLE",
        imageScanningConfiguration: { scanOnPush: true },
      }),
    );
    await ecr.send(
      new CreateRepositoryCommand({ repositoryName: `${repository}-cache`, imageTagMutability: "MUTABLE" }),
    );
    aws.images.push({ repository, tags: [firstCommit], ...firstImage(repository, platform) });
  }
  ecr.destroy();
}

/** The image in a repository before the first release. */
function firstImage(repository: string, platform: string) {
  const created = new Date("2026-01-01T00:00:00Z");
  return simulatedImage({ revision: firstCommit, platform, created, sizeBytes: 48_000_000, salt: repository });
}

async function createProject(
  aws: LocalAws,
  kind: BuildKind,
  name: string,
  repository: string,
  { buildspec: text, builds, platform }: ProjectOptions,
): Promise<void> {
  const { environmentVariables, ...source } = projectSettings(kind, builds, text);
  const codebuild = new CodeBuildClient(aws.clientConfig());
  await codebuild.send(
    new CreateProjectCommand({
      name,
      source: { type: "GITHUB", location: `https://github.com/${repository}.git`, ...source },
      artifacts: { type: "NO_ARTIFACTS" },
      environment: {
        ...buildMachines[platform],
        computeType: "BUILD_GENERAL1_SMALL",
        privilegedMode: true,
        environmentVariables,
      },
      serviceRole: `arn:aws:iam::${aws.accountId}:role/${name}`,
    }),
  );
  codebuild.destroy();
}

async function createService(
  aws: LocalAws,
  ecs: ECSClient,
  configuration: RepositoryConfiguration,
  environment: EnvironmentConfiguration,
  { key, family, executionRole, taskRole, logGroup }: SeededNames & { key: string },
  options: ShopOptions,
): Promise<void> {
  const service = environment.services[key];
  if (service === undefined) return;
  const { accountId = aws.accountId, region = aws.region } = accountRegionOf(environment);
  const roleArn = (role: string): string => `arn:aws:iam::${accountId}:role/${role}`;
  await createTaskRoles(aws, accountId, [executionRole, ...(taskRole === undefined ? [] : [taskRole])]);
  const images = Object.values(service.containers).map((image) => configuration.images[image]);
  const isAmd64 = images.some((image) => image?.platform === "linux/amd64");
  const definition: RegisterTaskDefinitionCommandInput = {
    family,
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    cpu: "256",
    memory: "512",
    executionRoleArn: roleArn(executionRole),
    ...(taskRole !== undefined && { taskRoleArn: roleArn(taskRole) }),
    runtimePlatform: { cpuArchitecture: isAmd64 ? "X86_64" : "ARM64", operatingSystemFamily: "LINUX" },
    containerDefinitions: Object.entries(service.containers).map(([container, image]) => {
      const repository = configuration.images[image]?.repository ?? image;
      return {
        name: container,
        image: `${aws.accountId}.dkr.ecr.${aws.region}.amazonaws.com/${repository}:${firstCommit}`,
        essential: true,
        environment: [{ name: "PORT", value: "8080" }],
        healthCheck: {
          command: ["CMD-SHELL", "wget -q -O - http://127.0.0.1:8080/health"],
          interval: 10,
          retries: 3,
        },
        logConfiguration: {
          logDriver: "awslogs",
          options: {
            "awslogs-group": logGroup,
            "awslogs-region": region,
            "awslogs-stream-prefix": "ecs",
          },
        },
      };
    }),
  };
  const { taskDefinition } = await ecs.send(new RegisterTaskDefinitionCommand(definition));
  const { template } = service;
  if (template !== undefined) await ecs.send(new RegisterTaskDefinitionCommand({ ...definition, family: template }));
  const breaker = options.withoutCircuitBreaker?.includes(service.service) !== true;
  await ecs.send(
    new CreateServiceCommand({
      cluster: environment.cluster,
      serviceName: service.service,
      taskDefinition: taskDefinition?.taskDefinitionArn,
      desiredCount: options.desiredCount ?? 2,
      launchType: "FARGATE",
      deploymentConfiguration: {
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        deploymentCircuitBreaker: { enable: breaker, rollback: breaker },
      },
      networkConfiguration: {
        awsvpcConfiguration: { subnets: ["subnet-0a1b2c3d4e5f60718"], assignPublicIp: "DISABLED" },
      },
    }),
  );
}

const trustPolicyOfTasks = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/** @param roles with their paths; several services may share one */
async function createTaskRoles(aws: LocalAws, accountId: string, roles: readonly string[]): Promise<void> {
  const iam = new IAMClient(aws.clientConfig({ accountId }));
  for (const role of roles) {
    const [, path = "", RoleName = ""] = /^(.*\/)?([^/]+)$/.exec(role) ?? [];
    const AssumeRolePolicyDocument = trustPolicyOfTasks;
    try {
      await iam.send(new CreateRoleCommand({ RoleName, Path: `/${path}`, AssumeRolePolicyDocument }));
    } catch (error) {
      if (!(error instanceof EntityAlreadyExistsException)) throw error;
    }
  }
  iam.destroy();
}
