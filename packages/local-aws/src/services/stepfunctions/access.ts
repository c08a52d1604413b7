import type { Access, ServiceAccess } from "../../protocol/demand.ts";

const machine: Access = { on: ["{stateMachineArn}"] };
const execution: Access = { on: ["{executionArn}"] };

/** docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html */
export const stepFunctionsAccess: ServiceAccess = {
  prefix: "states",
  operations: {
    CreateStateMachine: { on: ["stateMachine:{name}"] },
    DescribeExecution: execution,
    DescribeStateMachine: machine,
    GetExecutionHistory: execution,
    ListExecutions: machine,
    ListStateMachines: { on: "*" },
    ListTagsForResource: { on: ["{resourceArn}"] },
    RedriveExecution: execution,
    SendTaskFailure: { on: "*" },
    SendTaskHeartbeat: { on: "*" },
    SendTaskSuccess: { on: "*" },
    StartExecution: machine,
    StopExecution: execution,
    UpdateStateMachine: machine,
  },
};
