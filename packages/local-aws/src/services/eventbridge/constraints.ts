/** EventBridge's API model: https://docs.aws.amazon.com/eventbridge/latest/APIReference/ */
import * as sdk from "@aws-sdk/client-eventbridge";
import type { Constraint, Constraints } from "../../protocol/constraints.ts";

const name: Constraint = { length: [1, 64], pattern: /[.\-_A-Za-z0-9]+/ };
const arn: Constraint = { length: [1, 1600] };
const EventBusName: Constraint = {
  length: [1, 1600],
  pattern: /(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/.\-_A-Za-z0-9]+/,
};
const page: Readonly<Record<string, Constraint>> = {
  Limit: { range: [1, 100], integer: true },
  NextToken: { length: [1, 2048] },
};

export const eventBridgeConstraints: Constraints = {
  PutRuleRequest: {
    Name: name,
    ScheduleExpression: { length: [0, 256] },
    EventPattern: { length: [0, 4096] },
    State: { oneOf: Object.values(sdk.RuleState) },
    Description: { length: [0, 512] },
    EventBusName,
  },
  DescribeRuleRequest: { Name: name, EventBusName },
  DisableRuleRequest: { Name: name, EventBusName },
  EnableRuleRequest: { Name: name, EventBusName },
  ListRulesRequest: { NamePrefix: name, EventBusName, ...page },
  ListRuleNamesByTargetRequest: { TargetArn: arn, EventBusName, ...page },
  ListTargetsByRuleRequest: { Rule: name, EventBusName, ...page },

  PutTargetsRequest: { Rule: name, EventBusName, Targets: { length: [1, 100] } },
  Target: { Id: name, Arn: arn, RoleArn: arn },
  EcsParameters: {
    TaskDefinitionArn: arn,
    TaskCount: { range: [1, 2_147_483_647], integer: true },
    LaunchType: { oneOf: Object.values(sdk.LaunchType) },
    CapacityProviderStrategy: { length: [0, 6] },
    PlacementConstraints: { length: [0, 10] },
    PlacementStrategy: { length: [0, 5] },
    PropagateTags: { oneOf: Object.values(sdk.PropagateTags) },
    ReferenceId: { length: [0, 1024] },
  },
  AwsVpcConfiguration: { AssignPublicIp: { oneOf: Object.values(sdk.AssignPublicIp) } },
  CapacityProviderStrategyItem: {
    capacityProvider: { length: [1, 255] },
    weight: { range: [0, 1000], integer: true },
    base: { range: [0, 100_000], integer: true },
  },
  PlacementConstraint: {
    type: { oneOf: Object.values(sdk.PlacementConstraintType) },
    expression: { length: [0, 2000] },
  },
  PlacementStrategy: { type: { oneOf: Object.values(sdk.PlacementStrategyType) }, field: { length: [0, 255] } },
  Tag: { Key: { length: [1, 128] }, Value: { length: [0, 256] } },

  PutEventsRequest: { Entries: { length: [1, 10] } },
  PutEventsRequestEntry: {
    EventBusName,
    TraceHeader: { length: [1, 500] },
    Resources: { each: { length: [0, 2048] } },
  },
};
