/** The services that only operators' commands call, through the SDK. */
import { GetConnectionCommand, CodeStarConnectionsClient } from "@aws-sdk/client-codestar-connections";
import {
  EventBridgeClient,
  ListRuleNamesByTargetCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateRoleCommand, GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetFunctionConfigurationCommand, GetFunctionUrlConfigCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from "@aws-sdk/client-scheduler";
import { ListServiceQuotasCommand, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { GetParametersCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { failureOf } from "../protocol/wire.fixture.ts";
import { startLocalAws, type LocalAwsOptions } from "../start-local-aws.ts";

async function start(scenario: LocalAwsOptions["scenario"] = {}) {
  const aws = await startLocalAws({ scenario });
  onTestFinished(() => aws.close());
  return aws;
}

const trust = JSON.stringify({ Version: "2012-10-17", Statement: [] });
const cluster = "arn:aws:ecs:us-east-1:111122223333:cluster/shop";
const taskDefinition = "arn:aws:ecs:us-east-1:111122223333:task-definition/report";

test("IAM returns roles of the caller's account only, with the trust policy encoded", async () => {
  const aws = await start();
  const iam = new IAMClient(aws.clientConfig({ accountId: "444455556666" }));
  await iam.send(new CreateRoleCommand({ RoleName: "task", Path: "/shop/", AssumeRolePolicyDocument: trust }));

  const { Role } = await iam.send(new GetRoleCommand({ RoleName: "task" }));
  expect(Role).toMatchObject({
    Arn: "arn:aws:iam::444455556666:role/shop/task",
    AssumeRolePolicyDocument: encodeURIComponent(trust),
  });
  const otherAccount = new IAMClient(aws.clientConfig());
  expect(await failureOf(otherAccount.send(new GetRoleCommand({ RoleName: "task" })))).toMatchObject({
    name: "NoSuchEntityException",
    message: "The role with name task cannot be found.",
  });
  const again = iam.send(new CreateRoleCommand({ RoleName: "task", AssumeRolePolicyDocument: trust }));
  expect(await failureOf(again)).toMatchObject({ name: "EntityAlreadyExistsException" });
});

test("Parameter Store finds parameters by name and by ARN, lists unknown names, and returns no secret", async () => {
  const ssm = new SSMClient((await start()).clientConfig());
  await ssm.send(new PutParameterCommand({ Name: "/shop/key", Value: "hunter2", Type: "SecureString" }));
  const arn = "arn:aws:ssm:us-east-1:111122223333:parameter/shop/key";

  const found = await ssm.send(new GetParametersCommand({ Names: ["/shop/key", arn, "/shop/other"] }));
  expect(found.Parameters?.map(({ ARN }) => ARN)).toEqual([arn, arn]);
  expect(found.InvalidParameters).toEqual(["/shop/other"]);
  expect(JSON.stringify(found)).not.toContain("hunter2");
});

test("Scheduler lists and describes schedules over REST, with their targets", async () => {
  const scheduler = new SchedulerClient((await start()).clientConfig());
  await scheduler.send(
    new CreateScheduleCommand({
      Name: "nightly.report",
      ScheduleExpression: "cron(0 3 * * ? *)",
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: {
        Arn: cluster,
        RoleArn: "arn:aws:iam::111122223333:role/x",
        EcsParameters: { TaskDefinitionArn: taskDefinition },
      },
    }),
  );

  const { Schedules } = await scheduler.send(new ListSchedulesCommand({ MaxResults: 10 }));
  expect(Schedules).toMatchObject([{ Name: "nightly.report", State: "ENABLED", Target: { Arn: cluster } }]);
  const one = await scheduler.send(new GetScheduleCommand({ Name: "nightly.report", GroupName: "default" }));
  expect(one.Target?.EcsParameters?.TaskDefinitionArn).toBe(taskDefinition);
  expect(await failureOf(scheduler.send(new GetScheduleCommand({ Name: "other" })))).toMatchObject({
    name: "ResourceNotFoundException",
    $metadata: { httpStatusCode: 404 },
  });
});

test("EventBridge stores tasks as targets, and finds rules by the task's cluster", async () => {
  const events = new EventBridgeClient((await start()).clientConfig());
  await events.send(new PutRuleCommand({ Name: "hourly", ScheduleExpression: "rate(1 hour)" }));
  const target = { Id: "1", Arn: cluster, RoleArn: "arn:aws:iam::111122223333:role/x" };
  const put = (more: object) =>
    events.send(new PutTargetsCommand({ Rule: "hourly", Targets: [{ ...target, ...more }] }));
  expect(await failureOf(put({}))).toMatchObject({ name: "ValidationException" });
  await put({ EcsParameters: { TaskDefinitionArn: taskDefinition } });

  expect(await events.send(new ListRuleNamesByTargetCommand({ TargetArn: cluster }))).toMatchObject({
    RuleNames: ["hourly"],
  });
  const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: "hourly" }));
  expect(Targets?.[0]?.EcsParameters?.TaskDefinitionArn).toBe(taskDefinition);
});

test("Service Quotas returns the scenario's quotas, page by page", async () => {
  const name = "Concurrently running builds for ARM/Small environment";
  const aws = await start({ quotas: [{ service: "codebuild", name, value: 1 }] });
  const quotas = new ServiceQuotasClient(aws.clientConfig());

  const first = await quotas.send(new ListServiceQuotasCommand({ ServiceCode: "codebuild", MaxResults: 1 }));
  expect(first.Quotas).toMatchObject([{ QuotaName: name, Value: 1 }]);
  const second = await quotas.send(
    new ListServiceQuotasCommand({ ServiceCode: "codebuild", NextToken: first.NextToken }),
  );
  expect(second.Quotas?.some(({ QuotaName }) => QuotaName === name)).toBe(false);
});

test("a connection has the status that the scenario defines", async () => {
  const id = "5f0ba3a5-1c2a-4c3a-9a39-0a8a3c7a1c11";
  const aws = await start({ connections: [{ id, name: "github", status: "PENDING" }] });
  const connections = new CodeStarConnectionsClient(aws.clientConfig());
  const get = (ConnectionArn: string) => connections.send(new GetConnectionCommand({ ConnectionArn }));
  const arn = "arn:aws:codeconnections:us-east-1:111122223333:connection/";

  expect((await get(`${arn}${id}`)).Connection).toMatchObject({ ConnectionStatus: "PENDING", ProviderType: "GitHub" });
  expect(await failureOf(get(`${arn}other`))).toMatchObject({ name: "ResourceNotFoundException" });
});

test("Lambda describes registered functions by name and by ARN", async () => {
  const aws = await start();
  const file = join(import.meta.dirname, "../faults/create-clusters.fixture.ts");
  aws.lambda.register("finished", { file, timeoutSeconds: 30, memoryMegabytes: 512, environment: {} });
  const lambda = new LambdaClient(aws.clientConfig());
  const arn = "arn:aws:lambda:us-east-1:111122223333:function:finished";

  for (const FunctionName of ["finished", arn]) {
    expect(await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).toMatchObject({
      FunctionName: "finished",
      FunctionArn: arn,
      Runtime: "nodejs24.x",
      Role: "arn:aws:iam::111122223333:role/finished",
      Handler: "index.handler",
      CodeSize: expect.any(Number),
      CodeSha256: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
      Timeout: 30,
      MemorySize: 512,
      LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
      Version: "$LATEST",
      RevisionId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      State: "Active",
      LastUpdateStatus: "Successful",
      PackageType: "Zip",
      Architectures: ["arm64"],
      EphemeralStorage: { Size: 512 },
      LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/finished" },
    });
  }
  const url = lambda.send(new GetFunctionUrlConfigCommand({ FunctionName: "finished" }));
  expect(await failureOf(url)).toMatchObject({
    name: "ResourceNotFoundException",
    message: "The resource you requested does not exist.",
  });
  const answer = await fetch(aws.urls.function("finished"));
  expect([answer.status, await answer.json()]).toEqual([403, { Message: "Forbidden" }]);
  aws.lambda.register("finished", { file, timeoutSeconds: 30, memoryMegabytes: 512, environment: {}, publicUrl: true });
  expect(await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName: "finished" }))).toMatchObject({
    FunctionUrl: aws.urls.function("finished"),
    AuthType: "NONE",
  });
  const invalid = lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "a b" }));
  expect(await failureOf(invalid)).toMatchObject({ name: "ValidationException" });
  const other = lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "other" }));
  expect(await failureOf(other)).toMatchObject({
    name: "ResourceNotFoundException",
    $metadata: { httpStatusCode: 404 },
  });
});
