/** Step Functions' API model: https://docs.aws.amazon.com/step-functions/latest/apireference/ */
import * as sdk from "@aws-sdk/client-sfn";
import type { Constraint, Constraints } from "../../protocol/constraints.ts";
import { DATA_LIMIT_BYTES } from "./language/errors.ts";

const oneOf = (values: Readonly<Record<string, string>>): Constraint => ({ oneOf: Object.values(values) });
const name: Constraint = { length: [1, 80] };
const arn: Constraint = { length: [1, 256] };
const data: Constraint = { length: [0, DATA_LIMIT_BYTES] };
const definition: Constraint = { length: [1, 1_048_576] };
const taskToken: Constraint = { length: [1, 2048] };
const failure: Readonly<Record<string, Constraint>> = { error: { length: [0, 256] }, cause: { length: [0, 32_768] } };
const page: Readonly<Record<string, Constraint>> = {
  maxResults: { range: [0, 1000], integer: true },
  nextToken: { length: [1, 1024] },
};

export const stepFunctionsConstraints: Constraints = {
  CreateStateMachineInput: { name, definition, roleArn: arn, type: oneOf(sdk.StateMachineType) },
  Tag: { key: { length: [1, 128] }, value: { length: [0, 256] } },
  DescribeStateMachineInput: { stateMachineArn: arn, includedData: oneOf(sdk.IncludedData) },
  CloudWatchLogsLogGroup: { logGroupArn: arn },
  EncryptionConfiguration: {
    kmsKeyId: { length: [1, 2048] },
    kmsDataKeyReusePeriodSeconds: { range: [60, 900], integer: true },
    type: oneOf(sdk.EncryptionType),
  },
  LoggingConfiguration: { level: oneOf(sdk.LogLevel) },
  ListStateMachinesInput: page,
  ListTagsForResourceInput: { resourceArn: arn },
  UpdateStateMachineInput: { stateMachineArn: arn, definition, roleArn: arn },

  StartExecutionInput: { stateMachineArn: arn, name, input: data },
  StopExecutionInput: { executionArn: arn, ...failure },
  RedriveExecutionInput: { executionArn: arn, clientToken: { length: [1, 64], pattern: /[!-~]+/ } },
  DescribeExecutionInput: { executionArn: arn, includedData: oneOf(sdk.IncludedData) },
  GetExecutionHistoryInput: { executionArn: arn, ...page },
  ListExecutionsInput: {
    ...page,
    stateMachineArn: arn,
    statusFilter: oneOf(sdk.ExecutionStatus),
    redriveFilter: oneOf(sdk.ExecutionRedriveFilter),
    nextToken: { length: [1, 3096] },
  },

  SendTaskSuccessInput: { taskToken, output: data },
  SendTaskFailureInput: { taskToken, ...failure },
  SendTaskHeartbeatInput: { taskToken },
};
