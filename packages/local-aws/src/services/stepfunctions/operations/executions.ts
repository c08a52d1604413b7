import {
  DescribeExecution$,
  GetExecutionHistory$,
  ListExecutions$,
  type DescribeExecutionInput,
  type DescribeExecutionOutput,
  type GetExecutionHistoryInput,
  type GetExecutionHistoryOutput,
  type ListExecutionsInput,
  type ListExecutionsOutput,
} from "@aws-sdk/client-sfn";
import { operation, type Operation, type Parsed } from "../../../protocol/service.ts";
import { AwsError } from "../../../protocol/errors.ts";
import type { Execution } from "../interpreter/execution.ts";
import { withoutExecutionData } from "../interpreter/history.ts";
import { sfnPage } from "./pages.ts";
import type { ExecutionSnapshot } from "./snapshots.ts";
import { notRedrivableReason } from "./redrive.ts";
import type { Store } from "./store.ts";

/** The operations that only read: DescribeExecution, ListExecutions, GetExecutionHistory. */
export function executionReads(store: Store): Record<string, Operation> {
  return {
    DescribeExecution: operation<DescribeExecutionInput, DescribeExecutionOutput>(
      DescribeExecution$,
      ["executionArn", "includedData"],
      ({ executionArn, includedData }) =>
        describe(store.snapshot(executionArn), store.world.clock.now(), includedData !== "METADATA_ONLY"),
    ),
    ListExecutions: operation<ListExecutionsInput, ListExecutionsOutput>(
      ListExecutions$,
      ["stateMachineArn", "statusFilter", "redriveFilter", "maxResults", "nextToken"],
      (input) => list(store, input),
    ),
    GetExecutionHistory: operation<GetExecutionHistoryInput, GetExecutionHistoryOutput>(
      GetExecutionHistory$,
      ["executionArn", "maxResults", "nextToken", "reverseOrder", "includeExecutionData"],
      (input) => history(store, input),
    ),
  };
}

/** The members that DescribeExecution and ListExecutions share. */
function summary(execution: ExecutionSnapshot): {
  executionArn: string;
  stateMachineArn: string;
  name: string;
  status: Execution["status"];
  startDate: Date;
  stopDate?: Date;
  redriveCount: number;
  redriveDate?: Date;
} {
  const { stoppedAt, redrivenAt } = execution;
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.machine.arn,
    name: execution.name,
    status: execution.status,
    startDate: new Date(execution.startedAt),
    ...(stoppedAt === undefined ? {} : { stopDate: new Date(stoppedAt) }),
    redriveCount: execution.redriveCount,
    ...(redrivenAt === undefined ? {} : { redriveDate: new Date(redrivenAt) }),
  };
}

function describe(execution: ExecutionSnapshot, now: number, withData: boolean): DescribeExecutionOutput {
  const reason = notRedrivableReason(execution, now);
  const { input, output, error, cause } = execution;
  const data = {
    input,
    inputDetails: { included: true },
    ...(output === undefined ? {} : { output, outputDetails: { included: true } }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  };
  return {
    ...summary(execution),
    ...(withData ? data : {}),
    redriveStatus: reason === undefined ? "REDRIVABLE" : "NOT_REDRIVABLE",
    ...(reason === undefined ? {} : { redriveStatusReason: reason }),
  };
}

function list(store: Store, input: Parsed<ListExecutionsInput>): ListExecutionsOutput {
  const { stateMachineArn, statusFilter, redriveFilter } = input;
  if (stateMachineArn === undefined)
    throw new AwsError("ValidationException", "Must specify stateMachineArn or mapRunArn");
  const { arn } = store.machine(stateMachineArn);
  const executions = [...store.executions.values()]
    .filter((execution) => execution.machine.arn === arn)
    .filter((execution) => statusFilter === undefined || execution.status === statusFilter)
    .filter((execution) => redriveFilter === undefined || execution.redriveCount > 0 === (redriveFilter === "REDRIVEN"))
    .reverse();
  const { items, nextToken } = sfnPage(executions, input);
  return { executions: items.map(summary), ...(nextToken === undefined ? {} : { nextToken }) };
}

function history(store: Store, input: Parsed<GetExecutionHistoryInput>): GetExecutionHistoryOutput {
  const { executionArn, reverseOrder = false, includeExecutionData = true } = input;
  const { events } = store.execution(executionArn).history;
  const { items, nextToken } = sfnPage(reverseOrder ? events.toReversed() : events, input);
  return {
    events: includeExecutionData ? [...items] : items.map(withoutExecutionData),
    ...(nextToken === undefined ? {} : { nextToken }),
  };
}
