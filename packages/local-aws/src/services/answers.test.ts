/** What AWS always answers is in the answers, with its type on the wire: recorded answers are cited where they are public. */
import {
  BatchGetBuildsCommand,
  CodeBuildClient,
  CreateProjectCommand,
  StartBuildCommand,
} from "@aws-sdk/client-codebuild";
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  ECRClient,
  StartImageScanCommand,
} from "@aws-sdk/client-ecr";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  type RegisterTaskDefinitionCommandInput,
} from "@aws-sdk/client-ecs";
import { CreateRoleCommand, GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateScheduleCommand, GetScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";
import { beforeEach, afterEach, describe, expect, test } from "vitest";
import { virtualClock, type VirtualClock } from "../clock/virtual-clock.ts";
import { failureOf } from "../protocol/wire.fixture.ts";
import { type LocalAws, startLocalAws } from "../start-local-aws.ts";
import { image } from "./ecr/ecr.fixture.ts";

let clock: VirtualClock;
let aws: LocalAws;
beforeEach(async () => {
  clock = virtualClock();
  aws = await startLocalAws({
    clock,
    scenario: { scans: [{ findings: [{ id: "CVE-2026-1", severity: "HIGH", package: "openssl" }] }] },
  });
});
afterEach(() => aws.close());

const role = "arn:aws:iam::111122223333:role/shop";

describe("ECS", () => {
  const network = { awsvpcConfiguration: { subnets: ["subnet-1", "subnet-2"] } };
  const onFargate: RegisterTaskDefinitionCommandInput = {
    family: "shop",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "256",
    memory: "512",
    runtimePlatform: { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" },
    containerDefinitions: [{ name: "shop", image: "shop" }],
  };

  async function setUp() {
    const ecs = new ECSClient(aws.clientConfig());
    await ecs.send(new CreateClusterCommand({}));
    await ecs.send(new RegisterTaskDefinitionCommand(onFargate));
    const run = new RunTaskCommand({ taskDefinition: "shop", launchType: "FARGATE", networkConfiguration: network });
    const { tasks: [created] = [] } = await ecs.send(run);
    const task = async () => {
      const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ tasks: [created?.taskArn ?? ""] }));
      return tasks[0];
    };
    return { ecs, created, task };
  }

  // https://github.com/aws-samples and others quote answers like these: PRECREATED with the subnet only, then all details.
  test("a task has its network interface, zone, architecture and storage", async () => {
    const { created, task } = await setUp();
    const details = expect.arrayContaining([{ name: "subnetId", value: expect.stringMatching(/^subnet-[12]$/) }]);

    expect(created).toMatchObject({
      attachments: [{ type: "ElasticNetworkInterface", status: "PRECREATED", details }],
      availabilityZone: expect.stringMatching(/^us-east-1[ab]$/),
      attributes: [{ name: "ecs.cpu-architecture", value: "arm64" }],
      ephemeralStorage: { sizeInGiB: 20 },
      containers: [{ networkInterfaces: [] }],
    });
    expect(created?.attachments?.[0]?.details).toHaveLength(1);

    await clock.advance(15_000);
    const attached = await task();
    const found = Object.fromEntries(
      (attached?.attachments?.[0]?.details ?? []).map(({ name = "", value }) => [name, value]),
    );
    expect(attached?.attachments?.[0]).toMatchObject({ id: created?.attachments?.[0]?.id, status: "ATTACHED" });
    expect(found).toEqual({
      subnetId: created?.attachments?.[0]?.details?.[0]?.value,
      networkInterfaceId: expect.stringMatching(/^eni-0[0-9a-f]{16}$/),
      macAddress: expect.stringMatching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/),
      privateDnsName: expect.stringMatching(/^ip-10-0-\d+-\d+\.ec2\.internal$/),
      privateIPv4Address: expect.stringMatching(/^10\.0\.\d+\.\d+$/),
    });
    expect(attached?.availabilityZone).toBe(created?.availabilityZone);
    expect(attached?.containers?.[0]?.networkInterfaces).toEqual([
      { attachmentId: created?.attachments?.[0]?.id, privateIpv4Address: found["privateIPv4Address"] },
    ]);
  });

  test("a task that has stopped shows its interface as deleted", async () => {
    const { ecs, created, task } = await setUp();
    await clock.advance(15_000);
    await ecs.send(new StopTaskCommand({ task: created?.taskArn }));
    await clock.advance(60_000);
    expect(await task()).toMatchObject({ lastStatus: "STOPPED", attachments: [{ status: "DELETED" }] });
  });

  test("a service is created once for a client token", async () => {
    const { ecs } = await setUp();
    const create = { serviceName: "shop", taskDefinition: "shop", desiredCount: 0, networkConfiguration: network };
    const send = (more: object) =>
      ecs.send(new CreateServiceCommand({ ...create, launchType: "FARGATE", clientToken: "token", ...more }));
    const { service } = await send({});
    expect((await send({})).service?.serviceArn).toBe(service?.serviceArn);
    for (const more of [{ clientToken: "other" }, { clientToken: undefined }, { desiredCount: 1 }]) {
      expect(await failureOf(send(more))).toMatchObject({ message: "Creation of service was not idempotent." });
    }
  });

  test("a service has ECS's service-linked role", async () => {
    const { ecs } = await setUp();
    const create = { serviceName: "shop", taskDefinition: "shop", desiredCount: 0, networkConfiguration: network };
    await ecs.send(new CreateServiceCommand({ ...create, launchType: "FARGATE" }));
    const { services } = await ecs.send(new DescribeServicesCommand({ services: ["shop"] }));
    expect(services).toMatchObject([
      { roleArn: "arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS" },
    ]);
  });
});

describe("ECR", () => {
  const shop = { repositoryName: "shop" };
  const named = { ...shop, imageIds: [{ imageTag: "new" }] };

  async function setUp() {
    const ecr = new ECRClient(aws.clientConfig());
    await ecr.send(new CreateRepositoryCommand(shop));
    aws.images.push({ repository: "shop", tags: ["new"], ...image("new") });
    const describeImage = async () => (await ecr.send(new DescribeImagesCommand(named))).imageDetails?.[0];
    return { ecr, describeImage };
  }

  test("an image has the state and the summary of its scan", async () => {
    const { ecr, describeImage } = await setUp();
    expect(await describeImage()).not.toHaveProperty("imageScanStatus");

    await ecr.send(new StartImageScanCommand({ ...shop, imageId: { imageTag: "new" } }));
    expect((await describeImage())?.imageScanStatus).toMatchObject({ status: "IN_PROGRESS" });
    await clock.advance(600_000);

    expect(await describeImage()).toMatchObject({
      imageScanStatus: { status: "COMPLETE", description: "The scan was completed successfully." },
      imageScanFindingsSummary: { imageScanCompletedAt: expect.any(Date), findingSeverityCounts: { HIGH: 1 } },
    });
  });

  test("an image has the time of its last pull, recorded once in 24 hours", async () => {
    const { ecr, describeImage } = await setUp();
    expect(await describeImage()).not.toHaveProperty("lastRecordedPullTime");
    const pull = async () => {
      await ecr.send(new BatchGetImageCommand(named));
      return (await describeImage())?.lastRecordedPullTime?.getTime();
    };

    const first = clock.now();
    expect(await pull()).toBe(first);
    await clock.advance(3_600_000);
    expect(await pull()).toBe(first);
    await clock.advance(24 * 3_600_000);
    expect(await pull()).toBe(clock.now());
  });
});

test("ECR: the pull of a task is recorded", async () => {
  const ecr = new ECRClient(aws.clientConfig());
  const ecs = new ECSClient(aws.clientConfig());
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "shop" }));
  aws.images.push({ repository: "shop", tags: ["new"], ...image("new") });
  await ecs.send(new CreateClusterCommand({}));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "shop",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      executionRoleArn: role,
      containerDefinitions: [{ name: "shop", image: "111122223333.dkr.ecr.us-east-1.amazonaws.com/shop:new" }],
    }),
  );
  const networkConfiguration = { awsvpcConfiguration: { subnets: ["subnet-1"] } };
  await ecs.send(new RunTaskCommand({ taskDefinition: "shop", launchType: "FARGATE", networkConfiguration }));
  await clock.advance(60_000);
  const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName: "shop" }));
  expect(imageDetails).toMatchObject([{ lastRecordedPullTime: expect.any(Date) }]);
});

test("CodeBuild: a build says where its logs are written", async () => {
  const codebuild = new CodeBuildClient(aws.clientConfig());
  await codebuild.send(
    new CreateProjectCommand({
      name: "shop",
      source: { type: "NO_SOURCE", buildspec: "version: 0.2" },
      artifacts: { type: "NO_ARTIFACTS" },
      environment: { type: "ARM_CONTAINER", image: "image", computeType: "BUILD_GENERAL1_SMALL" },
      serviceRole: role,
    }),
  );
  const { build } = await codebuild.send(new StartBuildCommand({ projectName: "shop" }));
  const { builds } = await codebuild.send(new BatchGetBuildsCommand({ ids: [build?.id ?? ""] }));
  // github.com/aws/aws-cli/blob/develop/awscli/examples/codebuild/batch-get-builds.rst
  expect(builds).toMatchObject([
    { logs: { cloudWatchLogs: { status: "ENABLED" }, s3Logs: { status: "DISABLED" } }, startTime: expect.any(Date) },
  ]);
});

describe("Step Functions", () => {
  const definition = JSON.stringify({
    QueryLanguage: "JSONata",
    StartAt: "Pass",
    States: { Pass: { Type: "Pass", End: true } },
  });

  test("a state machine has a revision only after its first update", async () => {
    const sfn = new SFNClient(aws.clientConfig());
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({ name: "shop", definition, roleArn: role }),
    );
    const machine = () => sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(await machine()).toMatchObject({ status: "ACTIVE", type: "STANDARD", creationDate: expect.any(Date) });
    expect(await machine()).not.toHaveProperty("revisionId");

    const { revisionId } = await sfn.send(new UpdateStateMachineCommand({ stateMachineArn, definition }));
    expect(await machine()).toMatchObject({ revisionId });
  });

  test("a state machine is created and described with the settings that tools send", async () => {
    const sfn = new SFNClient(aws.clientConfig());
    // Terraform sends AWS's defaults.
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({
        name: "shop",
        definition,
        roleArn: role,
        publish: false,
        loggingConfiguration: { level: "OFF", includeExecutionData: false },
        tracingConfiguration: { enabled: false },
        encryptionConfiguration: { type: "AWS_OWNED_KEY" },
      }),
    );
    const metadata = new DescribeStateMachineCommand({ stateMachineArn, includedData: "METADATA_ONLY" });
    expect(await sfn.send(metadata)).toMatchObject({ definition: "{}", roleArn: role });
    const publish = new UpdateStateMachineCommand({ stateMachineArn, definition, publish: true });
    expect(await failureOf(sfn.send(publish))).toMatchObject({ name: "NotInLocalAws" });
  });

  test("an execution has its data, its state of redrive and its events", async () => {
    const sfn = new SFNClient(aws.clientConfig());
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({ name: "shop", definition, roleArn: role }),
    );
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: '{"a":1}' }));
    await clock.advance(1_000);

    const { $metadata: _, ...execution } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    expect(execution).toEqual({
      executionArn,
      stateMachineArn,
      name: expect.any(String),
      status: "SUCCEEDED",
      startDate: expect.any(Date),
      stopDate: expect.any(Date),
      input: '{"a":1}',
      inputDetails: { included: true },
      output: '{"a":1}',
      outputDetails: { included: true },
      redriveCount: 0,
      redriveStatus: "NOT_REDRIVABLE",
      redriveStatusReason: "Execution is SUCCEEDED and cannot be redriven",
    });

    const history = new GetExecutionHistoryCommand({ executionArn, includeExecutionData: false });
    const { events = [] } = await sfn.send(history);
    expect(events[0]).toMatchObject({
      id: 1,
      type: "ExecutionStarted",
      previousEventId: 0,
      timestamp: expect.any(Date),
    });
    expect(events[0]?.executionStartedEventDetails).toMatchObject({ roleArn: role });
    expect(JSON.stringify(events)).not.toContain('\\"a\\"');
  });
});

test("Scheduler: a schedule has its defaults", async () => {
  const scheduler = new SchedulerClient(aws.clientConfig());
  const created = { Name: "nightly", ScheduleExpression: "rate(1 day)", FlexibleTimeWindow: { Mode: "OFF" } } as const;
  const Target = { Arn: "arn:aws:lambda:us-east-1:111122223333:function:notify", RoleArn: role };
  await scheduler.send(new CreateScheduleCommand({ ...created, Target }));
  expect(await scheduler.send(new GetScheduleCommand({ Name: "nightly" }))).toMatchObject({
    ...created,
    State: "ENABLED",
    GroupName: "default",
    ActionAfterCompletion: "NONE",
    ScheduleExpressionTimezone: "UTC",
    CreationDate: expect.any(Date),
    Target: { ...Target, RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 } },
  });
});

test("IAM: a role says when it was last used", async () => {
  const iam = new IAMClient(aws.clientConfig());
  await iam.send(new CreateRoleCommand({ RoleName: "shop", AssumeRolePolicyDocument: "{}" }));
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: "shop" }));
  expect(Role).toMatchObject({ MaxSessionDuration: 3600, RoleLastUsed: {} });
});
