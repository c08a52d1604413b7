/** Services that only operators ask: what Lockmaster's commands need to look around. */
import type { ServiceAccess } from "../protocol/demand.ts";

export const operatorsAccess: Readonly<Record<string, ServiceAccess>> = {
  "codestar-connections": {
    prefix: "codestar-connections",
    operations: { GetConnection: { on: ["{ConnectionArn}"] } },
  },
  lambda: {
    prefix: "lambda",
    operations: {
      GetFunctionConfiguration: { on: ["function:{FunctionName}"] },
      GetFunctionUrlConfig: { on: ["function:{FunctionName}"] },
    },
  },
  scheduler: {
    prefix: "scheduler",
    operations: {
      CreateSchedule: { on: ["schedule/{GroupName=default}/{Name}"] },
      GetSchedule: { on: ["schedule/{GroupName=default}/{Name}"] },
      ListSchedules: { on: "*" },
    },
  },
  servicequotas: { prefix: "servicequotas", operations: { ListServiceQuotas: { on: "*" } } },
  ssm: {
    prefix: "ssm",
    operations: { GetParameters: { on: ["parameter/{Names}"] }, PutParameter: { on: ["parameter/{Name}"] } },
  },
};
