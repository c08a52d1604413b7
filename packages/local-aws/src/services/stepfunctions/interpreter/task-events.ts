import type { TaskResource } from "../definition/model.ts";
import { StateError } from "../language/errors.ts";
import { WHOLE } from "./history.ts";
import { jsonText, type Json } from "../language/json.ts";
import type { StateRun } from "./state-run.ts";

export type TaskLimits = { timeoutSeconds: number | undefined; heartbeatSeconds: number | undefined };

/** Records the history events of a task. */
export type TaskEvents = {
  scheduled(input: Json, limits: TaskLimits): void;
  /** The function has returned, and the task waits for its token. */
  submitted(output: Json): void;
  succeeded(output: Json): void;
  failed(failure: StateError): void;
  timedOut(failure: StateError): void;
};

/** A function's ARN in `Resource` causes LambdaFunction* events, `lambda:invoke` causes Task* events. */
export function taskEvents(stateRun: StateRun, resource: TaskResource): TaskEvents {
  return resource.kind === "function"
    ? functionEvents(stateRun, resource.arn)
    : invokeEvents(stateRun, resource.waitForTaskToken);
}

function limitMembers({ timeoutSeconds, heartbeatSeconds }: TaskLimits): Record<string, number> {
  return {
    ...(timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds }),
    ...(heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: heartbeatSeconds }),
  };
}

function functionEvents({ execution, branch }: StateRun, arn: string): TaskEvents {
  return {
    scheduled(input, limits) {
      const { timeoutSeconds } = limits;
      execution.record(branch, "LambdaFunctionScheduled", {
        lambdaFunctionScheduledEventDetails: {
          resource: arn,
          input: jsonText(input),
          inputDetails: WHOLE,
          ...limitMembers({ timeoutSeconds, heartbeatSeconds: undefined }),
        },
      });
      execution.record(branch, "LambdaFunctionStarted");
    },
    submitted: () => undefined,
    succeeded: (output) =>
      void execution.record(branch, "LambdaFunctionSucceeded", {
        lambdaFunctionSucceededEventDetails: { output: jsonText(output), outputDetails: WHOLE },
      }),
    failed: (failure) =>
      void execution.record(branch, "LambdaFunctionFailed", {
        lambdaFunctionFailedEventDetails: failure.toDetails(),
      }),
    timedOut: (failure) =>
      void execution.record(branch, "LambdaFunctionTimedOut", {
        lambdaFunctionTimedOutEventDetails: failure.toDetails(),
      }),
  };
}

function invokeEvents({ execution, branch }: StateRun, waitForTaskToken: boolean): TaskEvents {
  const names = { resourceType: "lambda", resource: waitForTaskToken ? "invoke.waitForTaskToken" : "invoke" };
  return {
    scheduled(input, limits) {
      const parameters = jsonText(input);
      const { region } = execution.host.world;
      execution.record(branch, "TaskScheduled", {
        taskScheduledEventDetails: { ...names, region, parameters, ...limitMembers(limits) },
      });
      execution.record(branch, "TaskStarted", { taskStartedEventDetails: names });
    },
    submitted: (output) =>
      void execution.record(branch, "TaskSubmitted", {
        taskSubmittedEventDetails: { ...names, output: jsonText(output), outputDetails: WHOLE },
      }),
    succeeded: (output) =>
      void execution.record(branch, "TaskSucceeded", {
        taskSucceededEventDetails: { ...names, output: jsonText(output), outputDetails: WHOLE },
      }),
    failed: (failure) =>
      void execution.record(branch, "TaskFailed", { taskFailedEventDetails: { ...names, ...failure.toDetails() } }),
    timedOut: (failure) =>
      void execution.record(branch, "TaskTimedOut", { taskTimedOutEventDetails: { ...names, ...failure.toDetails() } }),
  };
}
