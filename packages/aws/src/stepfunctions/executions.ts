import {
  DescribeExecutionCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  type DescribeExecutionOutput,
  SFNClient,
} from "@aws-sdk/client-sfn";
import type { Executions, ObservedExecution } from "@lockmaster/core/contract/executions.ts";
import { isAwsError, required, withTranslatedErrors } from "../lib/errors.ts";
import { clientOptions, type CallLimits } from "../lib/client-options.ts";

/** @param limits of one call; the default suits a step of the state machine */
export const sfnClient = (limits?: CallLimits) => new SFNClient(clientOptions(limits));

/** SendTaskFailure and StopExecution reject a longer cause. */
const maxCauseLength = 32_768;

/** Starts executions of one state machine. */
export function executionStarter(client: SFNClient, stateMachineArn: string): Pick<Executions, "start"> {
  return {
    async start(name, input) {
      const command = new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) });
      const call = { action: "states:StartExecution", resource: stateMachineArn };
      return await withTranslatedErrors(call, async () => {
        try {
          const { executionArn } = await client.send(command);
          return { executionArn: required(executionArn, call, "the ARN of the execution"), started: true };
        } catch (error) {
          if (!isAwsError(error, "ExecutionAlreadyExists")) throw error;
          return { executionArn: executionArnOf(stateMachineArn, name), started: false };
        }
      });
    },
  };
}

/** Stops executions of any state machine. */
export function executionStopper(client: SFNClient): Pick<Executions, "stop"> {
  return {
    async stop(executionArn, error, cause) {
      const command = new StopExecutionCommand({ executionArn, error, cause: cause.slice(0, maxCauseLength) });
      await withTranslatedErrors({ action: "states:StopExecution", resource: executionArn }, async () => {
        try {
          await client.send(command);
        } catch (problem) {
          if (!isAwsError(problem, "ExecutionDoesNotExist")) throw problem;
        }
      });
    },
  };
}

/** Describes executions of any state machine. */
export function executionStatus(client: SFNClient): Pick<Executions, "isRunning" | "describe"> {
  const describe = (executionArn: string): Promise<ObservedExecution | undefined> => {
    const call = { action: "states:DescribeExecution", resource: executionArn };
    return withTranslatedErrors(call, async () => {
      try {
        const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
        return observe(execution, required(execution.status, call, "its status"));
      } catch (error) {
        if (!isAwsError(error, "ExecutionDoesNotExist")) throw error;
        return undefined;
      }
    });
  };
  return { describe, isRunning: async (executionArn) => (await describe(executionArn))?.status === "RUNNING" };
}

function observe(
  { redriveCount, stopDate, error, cause }: DescribeExecutionOutput,
  status: ObservedExecution["status"],
): ObservedExecution {
  return {
    status,
    redriveCount: redriveCount ?? 0,
    ...(stopDate !== undefined && { stoppedAt: stopDate.toISOString() }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
  };
}

/** Completes tasks that wait for their token. */
export function taskTokens(client: SFNClient): Pick<Executions, "succeedTask" | "failTask"> {
  return {
    succeedTask: (taskToken, output) =>
      completeTask("states:SendTaskSuccess", () =>
        client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })),
      ),
    failTask: (taskToken, error, cause) =>
      completeTask("states:SendTaskFailure", () =>
        client.send(new SendTaskFailureCommand({ taskToken, error, cause: cause.slice(0, maxCauseLength) })),
      ),
  };
}

/** `false` when the task is already completed, has expired, or its execution has ended. */
function completeTask(action: string, complete: () => Promise<unknown>): Promise<boolean> {
  return withTranslatedErrors({ action, resource: "a task token" }, async () => {
    try {
      await complete();
      return true;
    } catch (error) {
      if (isAwsError(error, "TaskTimedOut", "TaskDoesNotExist", "InvalidToken")) return false;
      throw error;
    }
  });
}

/** From `…:stateMachine:NAME` to `…:execution:NAME:EXECUTION`. */
const executionArnOf = (stateMachineArn: string, name: string): string =>
  `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
