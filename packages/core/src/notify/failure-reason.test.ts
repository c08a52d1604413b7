import { expect, test } from "vitest";
import { failureReason } from "./failure-reason.ts";

test.each([
  {
    name: "an error of a step, as Lambda reports it",
    failure: {
      error: "RejectedError",
      cause:
        '{"errorType":"RejectedError","errorMessage":"AWS_REFUSED: ecs:UpdateService was refused.","trace":["at x"]}',
    },
    reason: { code: "AWS_REFUSED", message: "ecs:UpdateService was refused" },
  },
  {
    name: "a verdict, as the state machine reports it",
    failure: { error: "RolloutFailedError", cause: "DEADLINE_EXCEEDED: not healthy after 20 minutes" },
    reason: { code: "DEADLINE_EXCEEDED", message: "not healthy after 20 minutes" },
  },
  {
    name: "an error of Lambda itself, over several lines",
    failure: {
      error: "Sandbox.Timedout",
      cause: '{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 1\\n Error: Task timed out"}',
    },
    reason: { code: "STEP_FAILED", message: "Sandbox.Timedout: RequestId: 1 Error: Task timed out" },
  },
  {
    name: "a message that the state machine has cut, within an escape",
    failure: {
      error: "RejectedError",
      cause: '{"errorType":"RejectedError","errorMessage":"AWS_REFUSED: \\"ecs\\" was \\u00',
    },
    reason: { code: "AWS_REFUSED", message: '"ecs" was' },
  },
  {
    name: "a cause that the state machine has cut after the message",
    failure: {
      error: "RejectedError",
      cause: '{"errorType":"RejectedError","errorMessage":"AWS_REFUSED: no.","trace":["at',
    },
    reason: { code: "AWS_REFUSED", message: "no" },
  },
  {
    name: "an error without a cause",
    failure: { error: "States.Timeout", cause: "" },
    reason: { code: "STEP_FAILED", message: "States.Timeout" },
  },
  {
    name: "an unknown code",
    failure: { error: "Error", cause: "NOT_A_CODE: hello" },
    reason: { code: "STEP_FAILED", message: "Error: NOT_A_CODE: hello" },
  },
])("reads $name", ({ failure, reason }) => {
  expect(failureReason(failure)).toEqual(reason);
});
