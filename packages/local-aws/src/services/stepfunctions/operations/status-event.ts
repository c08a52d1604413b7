import type { ServiceEvent } from "../../../world/world.ts";
import type { Execution } from "../interpreter/execution.ts";
import { notRedrivableReason } from "./redrive.ts";

/** Source: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
export function statusChangeEvent(execution: Execution, now: number): ServiceEvent {
  const reason = notRedrivableReason(execution, now);
  return {
    source: "aws.states",
    detailType: "Step Functions Execution Status Change",
    resources: [execution.arn],
    detail: {
      executionArn: execution.arn,
      stateMachineArn: execution.machine.arn,
      name: execution.name,
      status: execution.status,
      startDate: execution.startedAt,
      stopDate: execution.stoppedAt ?? null,
      input: execution.input,
      output: execution.output ?? null,
      inputDetails: { included: true },
      outputDetails: execution.output === undefined ? null : { included: true },
      error: execution.error ?? null,
      cause: execution.cause ?? null,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount: execution.redriveCount,
      redriveDate: execution.redrivenAt ?? null,
      redriveStatus: reason === undefined ? "REDRIVABLE" : "NOT_REDRIVABLE",
      redriveStatusReason: reason ?? null,
    },
  };
}
