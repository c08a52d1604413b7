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
 * A step that runs in parallel for many services, each with an error of its own as the result: together they must fit into a
 * state's output. Such an error has no stack and a message of at most this length. The log has both.
 */
type StepOptions = { maxMessageBytes?: number };

/**
 * Makes a Lambda handler of a step: checks the event, runs the step, logs the result.
 *
 * Errors reach the caller as they were thrown, because the state machine compares their `name`; see `StepOptions`.
 *
 * @param schema of the event; a violation is an InvalidInputError INPUT_INVALID that names every offending path
 * @param run the step; the function returns its result
 */
export function step<Schema extends v.GenericSchema, Output>(
  schema: Schema,
  run: (input: v.InferOutput<Schema>, context: StepContext) => Promise<Output> | Output,
  { maxMessageBytes }: StepOptions = {},
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
  return middify<unknown, Output>(handle, { timeoutEarlyInMillis: 0 }).use(logging(logger, maxMessageBytes));
}

/** Logs one line when an invocation ends: its result, or its error, which is shortened then. */
function logging(logger: Logger, maxMessageBytes: number | undefined): MiddlewareObj {
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
      if (maxMessageBytes !== undefined && error instanceof Error) shorten(error, maxMessageBytes);
    },
  };
}

/** Lambda reports the stack as `trace`, and its first line repeats the message. */
function shorten(error: Error, maxMessageBytes: number): void {
  const rest = "… (the function's log has the rest)";
  if (bytesInOutput(error.message) > maxMessageBytes) {
    const characters = Array.from(error.message);
    while (bytesInOutput(characters.join("") + rest) > maxMessageBytes) {
      // In few rounds, however long the message is.
      const excess = bytesInOutput(characters.join("") + rest) - maxMessageBytes;
      characters.length = Math.max(0, characters.length - Math.max(1, Math.floor(excess / 8)));
      if (characters.length === 0) break;
    }
    error.message = characters.join("") + rest;
  }
  error.stack = error.name;
}

/** The message is in the JSON of the cause, which is in the JSON of the state's output. */
const bytesInOutput = (message: string): number => Buffer.byteLength(JSON.stringify(JSON.stringify(message)));
