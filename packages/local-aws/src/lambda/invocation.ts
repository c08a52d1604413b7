import type { Clock, Timer } from "../clock/clock.ts";
import type { InvocationResult } from "../world/world.ts";
import type { Bundle } from "./bundle.ts";
import { functionError, type FunctionError, loadError, sandboxFailure } from "./failures.ts";
import { type FunctionSettings, type Instance, LoadFailure } from "./instance.ts";
import { compile, type Program } from "./program.ts";
import type { Work } from "./work.ts";

/** Lambda's limit for the response of a synchronous invocation, in bytes of JSON (docs: Lambda quotas; slightly over 6 MB). */
const responseLimitBytes = 6_291_556;

export type InvocationOptions = {
  clock: Clock;
  settings: FunctionSettings;
  /** An instance without another invocation. It is frozen or discarded at the end of this one. */
  instance: Instance;
  /** Time on the clock until the code runs. The function's timeout starts then. */
  startMs: number;
  /** The function's code. Bundling takes no time on the clock. */
  bundle: Promise<Bundle>;
  /** The payload, as JSON text. */
  event: string;
  requestId: string;
};

/** One run of a function. */
export type Invocation = {
  result: Promise<InvocationResult>;
  /** Ends the invocation like a crash of the sandbox. */
  kill(): void;
};

type Outcome = { payload: unknown } | { error: FunctionError };

/** Starts a function. Until the function ends, it holds the clock as `Work` defines. */
export function startInvocation(options: InvocationOptions): Invocation {
  const { clock, instance, settings, requestId } = options;
  const startedAt = clock.now() + options.startMs;
  const deadline = startedAt + settings.timeoutSeconds * 1000;
  const { promise: result, resolve } = Promise.withResolvers<InvocationResult>();
  let ended = false;
  let starting: Timer | undefined;

  function end(outcome: Outcome, instanceAction: "freeze" | "discard"): void {
    if (ended) return;
    ended = true;
    starting?.cancel();
    timeout.cancel();
    const durationMs = Math.max(0, clock.now() - startedAt);
    resolve(
      "error" in outcome ? { ok: false, error: outcome.error, durationMs } : { ok: true, ...outcome, durationMs },
    );
    instance[instanceAction]();
    instance.log(`END RequestId: ${requestId}`);
    instance.log(report(requestId, durationMs, settings.memoryMegabytes));
  }
  function fail(error: FunctionError, instanceAction: "freeze" | "discard"): void {
    if (ended) return;
    instance.log(`${new Date(clock.now()).toISOString()}\t${requestId}\tERROR\t${JSON.stringify(error)}`);
    end({ error }, instanceAction);
  }
  const timeout = clock.after(deadline - clock.now(), () => {
    instance.log(
      `${new Date(clock.now()).toISOString()} ${requestId} Task timed out after ${settings.timeoutSeconds.toFixed(2)} seconds`,
    );
    end({ error: sandboxFailure.timedOut(requestId, settings.timeoutSeconds) }, "discard");
  });

  async function run(): Promise<void> {
    instance.log(`START RequestId: ${requestId} Version: $LATEST`);
    let program: Program;
    try {
      // Compiled here because a function with invalid JavaScript fails at its invocation, as on AWS.
      program = compile(await options.bundle);
    } catch (error) {
      return fail(loadError(error), "discard");
    }
    if (ended) return;
    try {
      end(roundTrip(await instance.run(program, JSON.parse(options.event), contextOf(options, deadline))), "freeze");
    } catch (error) {
      if (error instanceof LoadFailure) fail(error.functionError, "discard");
      else fail(functionError(error), "freeze");
    }
  }

  instance.thaw({ requestId, fail: (error) => fail(error, "discard") });
  if (options.startMs > 0) starting = waitFor(clock, instance.work, options.startMs, () => void run());
  else void run();
  return { result, kill: () => fail(sandboxFailure.exited(requestId, "with error: signal: killed"), "discard") };
}

/** Like `clock.after`, but lets time pass for the instance meanwhile. */
function waitFor(clock: Clock, work: Work, delayMs: number, run: () => void): Timer {
  const done = work.addTimer();
  const timer = clock.after(delayMs, () => {
    done();
    run();
  });
  return {
    cancel() {
      timer.cancel();
      done();
    },
  };
}

/** The `context` argument of a handler (docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html). */
function contextOf({ clock, settings, requestId, instance }: InvocationOptions, deadline: number): object {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: settings.name,
    functionVersion: "$LATEST",
    invokedFunctionArn: settings.arn,
    memoryLimitInMB: String(settings.memoryMegabytes),
    awsRequestId: requestId,
    logGroupName: instance.logGroup,
    logStreamName: instance.logStream,
    getRemainingTimeInMillis: () => deadline - clock.now(),
  };
}

/** The handler's answer after conversion to JSON and back. */
function roundTrip(answer: unknown): Outcome {
  let text: string | undefined;
  try {
    text = JSON.stringify(answer ?? null);
  } catch {
    return { error: functionError(new Error("Unable to stringify response body")) };
  }
  if (text === undefined) return { payload: null };
  if (Buffer.byteLength(text) > responseLimitBytes)
    return { error: sandboxFailure.responseTooLarge(responseLimitBytes) };
  return { payload: JSON.parse(text) };
}

/** Lambda's REPORT line, without the used memory: it is unknown for one instance in a shared process. */
function report(requestId: string, durationMs: number, memoryMegabytes: number): string {
  const billed = Math.max(1, Math.ceil(durationMs));
  return `REPORT RequestId: ${requestId}\tDuration: ${durationMs.toFixed(2)} ms\tBilled Duration: ${billed} ms\tMemory Size: ${memoryMegabytes} MB`;
}
