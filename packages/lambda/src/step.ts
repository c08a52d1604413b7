import type { Logger } from "@aws-lambda-powertools/logger";
import { parseInput } from "@lockmaster/core/lib/parse.ts";
import middify from "@middy/core";
import type { MiddlewareObj } from "@middy/core";
import type { Context } from "aws-lambda";
import type * as v from "valibot";
import { createLogger, identify, type Log } from "./log.ts";

/** What a step gets with its input. */
export type StepContext = {
  now: () => Date;
  /** Every line contains the release, repository and environment that the input names. */
  log: Log;
  /** Milliseconds until Lambda ends this invocation. */
  remainingMs: () => number;
  /** Lambda's own id of this invocation. */
  requestId: string;
};

/** A function that Step Functions or EventBridge invokes. */
export type StepHandler<Output> = (event: unknown, context: Context) => Promise<Output>;

/**
 * Makes a Lambda handler of a step: checks the event, runs the step, logs the result.
 *
 * Errors reach the caller as they were thrown, because the state machine compares their `name`.
 *
 * @param schema of the event; a violation is an InvalidInputError INPUT_INVALID that names every offending path
 * @param run the step; the function returns its result
 */
export function step<Schema extends v.GenericSchema, Output>(
  schema: Schema,
  run: (input: v.InferOutput<Schema>, context: StepContext) => Promise<Output> | Output,
): StepHandler<Output> {
  const logger = createLogger();
  const handle = async (event: unknown, context: Context): Promise<Output> =>
    run(parseInput(schema, event), {
      now: () => new Date(),
      log: logger,
      remainingMs: () => context.getRemainingTimeInMillis(),
      requestId: context.awsRequestId,
    });
  // Middy's own early timeout is off: the state machine does not retry its error, but retries Lambda's `Sandbox.Timedout`.
  return middify<unknown, Output>(handle, { timeoutEarlyInMillis: 0 }).use(logging(logger));
}

/** Logs one line when an invocation ends: its result, or its error. */
function logging(logger: Logger): MiddlewareObj {
  return {
    before: ({ event, context }) => {
      logger.addContext(context);
      logger.resetKeys();
      logger.appendKeys(identify(event));
    },
    after: ({ response }) => {
      logger.info("Step done", { outcome: response });
    },
    onError: ({ error }) => {
      logger.error("Step failed", error ?? "unknown error");
    },
  };
}
