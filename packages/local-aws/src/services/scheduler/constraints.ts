/** EventBridge Scheduler's API model: https://docs.aws.amazon.com/scheduler/latest/APIReference/ */
import * as sdk from "@aws-sdk/client-scheduler";
import type { Constraint, Constraints } from "../../protocol/constraints.ts";

const oneOf = (values: Readonly<Record<string, string>>): Constraint => ({ oneOf: Object.values(values) });
const name: Constraint = { length: [1, 64], pattern: /[0-9a-zA-Z\-_.]+/ };
const arn: Constraint = { length: [1, 1600] };

export const schedulerConstraints: Constraints = {
  CreateScheduleInput: {
    ClientToken: { length: [1, 64], pattern: /[a-zA-Z0-9\-_]+/ },
    GroupName: name,
    Name: name,
    ScheduleExpression: { length: [1, 256] },
    State: oneOf(sdk.ScheduleState),
  },
  FlexibleTimeWindow: {
    MaximumWindowInMinutes: { range: [1, 1440], integer: true },
    Mode: oneOf(sdk.FlexibleTimeWindowMode),
  },
  Target: {
    Arn: arn,
    Input: { length: [1, Infinity] },
    RoleArn: { length: [1, 1600], pattern: /arn:aws(-[a-z]+)?:iam::\d{12}:role\/[\w+=,.@/-]+/ },
  },
  DeadLetterConfig: { Arn: { length: [1, 1600], pattern: /arn:aws(-[a-z]+)?:sqs:[a-z0-9-]+:\d{12}:[a-zA-Z0-9\-_]+/ } },
  RetryPolicy: {
    MaximumEventAgeInSeconds: { range: [60, 86_400], integer: true },
    MaximumRetryAttempts: { range: [0, 185], integer: true },
  },
  EcsParameters: {
    CapacityProviderStrategy: { length: [0, 6] },
    Group: { length: [1, 255] },
    LaunchType: oneOf(sdk.LaunchType),
    PlacementConstraints: { length: [0, 10] },
    PlacementStrategy: { length: [0, 5] },
    PlatformVersion: { length: [1, 64] },
    PropagateTags: oneOf(sdk.PropagateTags),
    ReferenceId: { length: [0, 1024] },
    Tags: { length: [0, 50], each: { keys: { length: [1, 128] }, each: { length: [1, 256] } } },
    TaskCount: { range: [1, 10], integer: true },
    TaskDefinitionArn: arn,
  },
  CapacityProviderStrategyItem: {
    base: { range: [0, 100_000], integer: true },
    capacityProvider: { length: [1, 255] },
    weight: { range: [0, 1000], integer: true },
  },
  AwsVpcConfiguration: {
    AssignPublicIp: oneOf(sdk.AssignPublicIp),
    SecurityGroups: { length: [1, 5], each: { length: [1, 1000] } },
    Subnets: { length: [1, 16], each: { length: [1, 1000] } },
  },
  EventBridgeParameters: {
    DetailType: { length: [1, 128] },
    Source: { length: [1, 256], pattern: /(?!aws\.)[/.\-_A-Za-z0-9].*|\$(\.[\w_-]+(\[(\d+|\*)\])*)*/ },
  },
  KinesisParameters: { PartitionKey: { length: [1, 256] } },
  SageMakerPipelineParameters: { PipelineParameterList: { length: [0, 200] } },
  SageMakerPipelineParameter: { Name: { length: [1, 256], pattern: /[A-Za-z0-9\-_]*/ }, Value: { length: [1, 1024] } },
  SqsParameters: { MessageGroupId: { length: [1, 128] } },
  PlacementConstraint: { expression: { length: [0, 2000] }, type: oneOf(sdk.PlacementConstraintType) },
  PlacementStrategy: { field: { length: [0, 255] }, type: oneOf(sdk.PlacementStrategyType) },
  GetScheduleInput: { GroupName: name, Name: name },
  ListSchedulesInput: {
    GroupName: name,
    MaxResults: { range: [1, 100], integer: true },
    NextToken: { length: [1, 2048] },
  },
};
