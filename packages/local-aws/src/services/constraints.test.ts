/** Each service refuses what its API model does not allow, with its own error, over its own protocol. */
import { CloudWatchClient, DescribeAlarmsCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, CreateLogGroupCommand, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  BatchGetBuildsCommand,
  CodeBuildClient,
  CreateProjectCommand,
  ListBuildsCommand,
  StartBuildCommand,
} from "@aws-sdk/client-codebuild";
import { CodeStarConnectionsClient, GetConnectionCommand } from "@aws-sdk/client-codestar-connections";
import { EventBridgeClient, ListRulesCommand, PutRuleCommand } from "@aws-sdk/client-eventbridge";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateScheduleCommand, ListSchedulesCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { CreateSecretCommand, ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ListServiceQuotasCommand, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import {
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SendTaskHeartbeatCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { GetParametersCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failureOf } from "../protocol/wire.fixture.ts";
import { startLocalAws, type LocalAws } from "../start-local-aws.ts";

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.close());

type Config = ReturnType<LocalAws["clientConfig"]>;

const machine = "arn:aws:states:us-east-1:111122223333:stateMachine:release";
const execution = "arn:aws:states:us-east-1:111122223333:execution:release:run";
const codebuild = (config: Config) => new CodeBuildClient(config);
const project = {
  name: "shop",
  source: { type: "NO_SOURCE" },
  artifacts: { type: "NO_ARTIFACTS" },
  serviceRole: "arn:aws:iam::111122223333:role/build",
  environment: { type: "ARM_CONTAINER", image: "image", computeType: "BUILD_GENERAL1_SMALL" },
} as const;
const schedule = {
  Name: "nightly",
  ScheduleExpression: "rate(1 day)",
  FlexibleTimeWindow: { Mode: "OFF" },
  Target: { Arn: "arn:aws:ecs:us-east-1:111122223333:cluster/shop", RoleArn: "arn:aws:iam::111122223333:role/nightly" },
} as const;
const isAny = (value: unknown): value is never => value !== undefined;

/** A value that the SDK's types do not allow. */
function any(value: string): never {
  if (isAny(value)) return value;
  throw new Error("There is no value");
}

test.each<[string, (config: Config) => Promise<unknown>, string, string]>([
  [
    "CodeBuild: a name",
    (c) => codebuild(c).send(new CreateProjectCommand({ ...project, name: "a b" })),
    "InvalidInputException",
    "'name'",
  ],
  [
    "CodeBuild: an environment",
    (c) =>
      codebuild(c).send(
        new CreateProjectCommand({ ...project, environment: { ...project.environment, type: any("VAX") } }),
      ),
    "InvalidInputException",
    "'environment.type'",
  ],
  [
    "CodeBuild: a time",
    (c) => codebuild(c).send(new CreateProjectCommand({ ...project, timeoutInMinutes: 4 })),
    "InvalidInputException",
    "'timeoutInMinutes'",
  ],
  [
    "CodeBuild: no project",
    (c) => codebuild(c).send(new StartBuildCommand({ projectName: "" })),
    "InvalidInputException",
    "'projectName'",
  ],
  [
    "CodeBuild: a variable",
    (c) =>
      codebuild(c).send(
        new StartBuildCommand({ projectName: "shop", environmentVariablesOverride: [{ name: "", value: "" }] }),
      ),
    "InvalidInputException",
    "'environmentVariablesOverride.1.member.name'",
  ],
  [
    "CodeBuild: no builds",
    (c) => codebuild(c).send(new BatchGetBuildsCommand({ ids: [] })),
    "InvalidInputException",
    "'ids'",
  ],
  [
    "CodeBuild: an order",
    (c) => codebuild(c).send(new ListBuildsCommand({ sortOrder: any("UP") })),
    "InvalidInputException",
    "'sortOrder'",
  ],
  [
    "Logs: a name",
    (c) => new CloudWatchLogsClient(c).send(new CreateLogGroupCommand({ logGroupName: "a b" })),
    "InvalidParameterException",
    "'logGroupName'",
  ],
  [
    "Logs: a limit",
    (c) => new CloudWatchLogsClient(c).send(new FilterLogEventsCommand({ logGroupName: "a", limit: 10_001 })),
    "InvalidParameterException",
    "'limit'",
  ],
  [
    "Logs: a time",
    (c) => new CloudWatchLogsClient(c).send(new FilterLogEventsCommand({ logGroupName: "a", startTime: -1 })),
    "InvalidParameterException",
    "'startTime'",
  ],
  [
    "CloudWatch: a state",
    (c) =>
      new CloudWatchClient(c).send(
        new SetAlarmStateCommand({ AlarmName: "a", StateReason: "", StateValue: any("RED") }),
      ),
    "ValidationException",
    "'stateValue'",
  ],
  [
    "CloudWatch: a type",
    (c) => new CloudWatchClient(c).send(new DescribeAlarmsCommand({ AlarmTypes: [any("Siren")] })),
    "ValidationException",
    "'alarmTypes.1.member'",
  ],
  [
    "EventBridge: a state",
    (c) =>
      new EventBridgeClient(c).send(new PutRuleCommand({ Name: "a", EventPattern: '{"a":[1]}', State: any("ON") })),
    "ValidationException",
    "'state'",
  ],
  [
    "EventBridge: a limit",
    (c) => new EventBridgeClient(c).send(new ListRulesCommand({ Limit: 101 })),
    "ValidationException",
    "'limit'",
  ],
  [
    "Secrets Manager: an empty value",
    (c) => new SecretsManagerClient(c).send(new CreateSecretCommand({ Name: "a", SecretString: "" })),
    "ValidationException",
    "'secretString'",
  ],
  [
    "Secrets Manager: a filter",
    (c) =>
      new SecretsManagerClient(c).send(new ListSecretsCommand({ Filters: [{ Key: any("colour"), Values: ["a"] }] })),
    "ValidationException",
    "'filters.1.member.key'",
  ],
  [
    "Parameter Store: a type",
    (c) => new SSMClient(c).send(new PutParameterCommand({ Name: "a", Value: "b", Type: any("Number") })),
    "ValidationException",
    "'type'",
  ],
  [
    "Parameter Store: too many names",
    (c) =>
      new SSMClient(c).send(new GetParametersCommand({ Names: Array.from({ length: 11 }, (_, index) => `n${index}`) })),
    "ValidationException",
    "'names'",
  ],
  [
    "Scheduler: a role",
    (c) =>
      new SchedulerClient(c).send(
        new CreateScheduleCommand({ ...schedule, Target: { ...schedule.Target, RoleArn: "nightly" } }),
      ),
    "ValidationException",
    "'target.roleArn'",
  ],
  [
    "Scheduler: a window",
    (c) =>
      new SchedulerClient(c).send(
        new CreateScheduleCommand({ ...schedule, FlexibleTimeWindow: { Mode: any("WIDE") } }),
      ),
    "ValidationException",
    "'flexibleTimeWindow.mode'",
  ],
  [
    "Scheduler: a number of results",
    (c) => new SchedulerClient(c).send(new ListSchedulesCommand({ MaxResults: 101 })),
    "ValidationException",
    "'maxResults'",
  ],
  [
    "Service Quotas: a code",
    (c) => new ServiceQuotasClient(c).send(new ListServiceQuotasCommand({ ServiceCode: "1" })),
    "ValidationException",
    "'serviceCode'",
  ],
  [
    "Step Functions: a name",
    (c) => new SFNClient(c).send(new StartExecutionCommand({ stateMachineArn: machine, name: "x".repeat(81) })),
    "ValidationException",
    "'name'",
  ],
  [
    "Step Functions: a status",
    (c) => new SFNClient(c).send(new ListExecutionsCommand({ stateMachineArn: machine, statusFilter: any("DONE") })),
    "ValidationException",
    "'statusFilter'",
  ],
  [
    "Step Functions: a number of results",
    (c) => new SFNClient(c).send(new GetExecutionHistoryCommand({ executionArn: execution, maxResults: 1001 })),
    "ValidationException",
    "'maxResults'",
  ],
  [
    "Step Functions: a token",
    (c) => new SFNClient(c).send(new SendTaskHeartbeatCommand({ taskToken: "" })),
    "ValidationException",
    "'taskToken'",
  ],
  [
    "CodeConnections: an ARN",
    (c) => new CodeStarConnectionsClient(c).send(new GetConnectionCommand({ ConnectionArn: "github" })),
    "ValidationException",
    "'connectionArn'",
  ],
  [
    "Lambda: a name",
    (c) => new LambdaClient(c).send(new GetFunctionConfigurationCommand({ FunctionName: "a!" })),
    "ValidationException",
    "'functionName'",
  ],
  [
    "IAM: a path",
    (c) =>
      new IAMClient(c).send(new CreateRoleCommand({ RoleName: "a", AssumeRolePolicyDocument: "{}", Path: "shop" })),
    "ValidationError",
    "'path'",
  ],
  [
    "IAM: a name",
    (c) => new IAMClient(c).send(new CreateRoleCommand({ RoleName: "x".repeat(65), AssumeRolePolicyDocument: "{}" })),
    "ValidationError",
    "'roleName'",
  ],
  [
    "STS: a session name",
    (c) =>
      new STSClient(c).send(
        new AssumeRoleCommand({ RoleArn: "arn:aws:iam::111122223333:role/a", RoleSessionName: "a b" }),
      ),
    "ValidationError",
    "'roleSessionName'",
  ],
  [
    "STS: a duration",
    (c) =>
      new STSClient(c).send(
        new AssumeRoleCommand({
          RoleArn: "arn:aws:iam::111122223333:role/a",
          RoleSessionName: "ab",
          DurationSeconds: 899,
        }),
      ),
    "ValidationError",
    "'durationSeconds'",
  ],
])("%s", async (_, call, name, member) => {
  expect(await failureOf(call(aws.clientConfig()))).toMatchObject({
    name,
    message: expect.stringMatching(
      new RegExp(`^1 validation error detected: Value .* at ${member.replaceAll(".", "\\.")} failed`),
    ),
  });
});
