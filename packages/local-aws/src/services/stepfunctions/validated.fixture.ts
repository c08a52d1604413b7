import type { Validated } from "../validation.fixture.ts";

const definition = JSON.stringify({
  QueryLanguage: "JSONata",
  StartAt: "Wait",
  States: { Wait: { Type: "Wait", Seconds: 3600, End: true } },
});
const machine = { name: "shop", definition, roleArn: "arn:aws:iam::111122223333:role/shop" };
const stateMachineArn = "arn:aws:states:us-east-1:111122223333:stateMachine:shop";
const executionArn = "arn:aws:states:us-east-1:111122223333:execution:shop:run";
const otherMachine = "arn:aws:states:us-east-1:111122223333:stateMachine:none";
const otherExecution = "arn:aws:states:us-east-1:111122223333:execution:shop:none";

export const validatedStepFunctions: Validated = {
  errors: ["ValidationException", "InvalidName", "InvalidArn", "InvalidDefinition"],
  setUp: [
    ["CreateStateMachine", machine],
    ["StartExecution", { stateMachineArn, name: "run" }],
  ],
  free: [],
  absent: [
    ...["DescribeStateMachine", "ListExecutions", "StartExecution", "UpdateStateMachine"].flatMap((operation) => [
      [operation, { stateMachineArn: otherMachine }, "StateMachineDoesNotExist"] as const,
      [operation, { stateMachineArn: executionArn }, "InvalidArn"] as const,
    ]),
    ...["DescribeExecution", "GetExecutionHistory", "RedriveExecution", "StopExecution"].flatMap((operation) => [
      [operation, { executionArn: otherExecution }, "ExecutionDoesNotExist"] as const,
      [operation, { executionArn: stateMachineArn }, "InvalidArn"] as const,
    ]),
    ["ListTagsForResource", { resourceArn: otherMachine }, "ResourceNotFound"],
    ["ListTagsForResource", { resourceArn: "shop" }, "InvalidArn"],
    ...["GetExecutionHistory", "ListExecutions", "ListStateMachines"].map(
      (operation) => [operation, { nextToken: "none" }, "InvalidToken"] as const,
    ),
    ...["SendTaskFailure", "SendTaskHeartbeat", "SendTaskSuccess"].map(
      (operation) => [operation, { taskToken: "none" }, "InvalidToken"] as const,
    ),
    ["SendTaskSuccess", { output: "{" }, "InvalidOutput"],
    [
      "CreateStateMachine",
      { ...machine, roleArn: "arn:aws:iam::111122223333:role/other" },
      "StateMachineAlreadyExists",
    ],
    ["CreateStateMachine", { name: "a b" }, "InvalidName"],
    ["CreateStateMachine", { definition: "{" }, "InvalidDefinition"],
    ["UpdateStateMachine", { definition: undefined }, "MissingRequiredParameter"],
    ["StartExecution", { name: "run", input: "1" }, "ExecutionAlreadyExists"],
    ["StartExecution", { input: "{" }, "InvalidExecutionInput"],
    ["RedriveExecution", {}, "ExecutionNotRedrivable"],
  ],
  valid: {
    CreateStateMachine: { ...machine, name: "blog" },
    DescribeStateMachine: { stateMachineArn },
    UpdateStateMachine: { stateMachineArn, definition },
    ListTagsForResource: { resourceArn: stateMachineArn },
    ListExecutions: { stateMachineArn },
    StartExecution: { stateMachineArn },
    DescribeExecution: { executionArn },
    GetExecutionHistory: { executionArn },
    RedriveExecution: { executionArn },
    StopExecution: { executionArn },
    SendTaskSuccess: { output: "{}" },
  },
};
