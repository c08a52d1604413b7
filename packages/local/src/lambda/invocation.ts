import type { Clock, Timer } from "../clock.ts";
import type { InvocationResult } from "../world.ts";
import { functionEnvironment } from "./environment.ts";
import { functionError, loadError, runtimeError, sandboxFailure } from "./failures.ts";
import type { FunctionError } from "./failures.ts";
import { compile } from "./program.ts";
import type { Bundle } from "./bundle.ts";
import type { Program } from "./program.ts";
import { createSandbox } from "./sandbox.ts";
import type { Host, Sandbox } from "./sandbox.ts";
import { withStrayErrors } from "./stray-errors.ts";
import { invocationWork } from "./work.ts";
import type { Work } from "./work.ts";

/** Lambda's limit for a synchronous invocation's answer, in bytes of JSON (docs: Lambda quotas; 6 MB and a little). */
const responseLimitBytes = 6_291_556;

export type FunctionSettings = {
  name: string;
  arn: string;
  timeoutSeconds: number;
  memoryMegabytes: number;
  environment: Readonly<Record<string, string>>;
};

export type InvocationOptions = {
  host: Host;
  settings: FunctionSettings;
  /** Until the code runs, on the clock. The time-out counts from there. */
  startMs: number;
  /** The function's code; how long it takes to come is nobody's time. */
  bundle: Promise<Bundle>;
  /** The payload, as JSON text. */
  event: string;
  requestId: string;
  accessKeyId: string;
  region: string;
  endpoint: string;
  logStream: string;
  log: (group: string, stream: string, lines: readonly string[]) => void;
};

/** One run of a function in an instance of its own. */
export type Invocation = {
  work: Work;
  result: Promise<InvocationResult>;
  /** Ends it as a crash of the sandbox would. */
  kill(): void;
};

/** Starts a function. The clock is held from now on, as `Work` says, until the result is there. */
export function startInvocation(options: InvocationOptions): Invocation {
  const { host, settings, requestId } = options;
  const { clock } = host;
  const startedAt = clock.now() + options.startMs;
  const deadline = startedAt + settings.timeoutSeconds * 1000;
  const log = (line: string): void => options.log(logGroupOf(settings), options.logStream, [line]);
  const work = invocationWork(clock);
  const { promise: result, resolve } = Promise.withResolvers<InvocationResult>();
  let sandbox: Sandbox | undefined;
  let ended = false;

  function end(outcome: { payload: unknown } | { error: FunctionError }): void {
    if (ended) return;
    ended = true;
    starting?.cancel();
    timeout.cancel();
    sandbox?.discard();
    const durationMs = Math.max(0, clock.now() - startedAt);
    log(`END RequestId: ${requestId}`);
    log(report(requestId, durationMs, settings.memoryMegabytes));
    resolve(
      "error" in outcome ? { ok: false, error: outcome.error, durationMs } : { ok: true, ...outcome, durationMs },
    );
    work.end();
  }
  function fail(error: FunctionError): void {
    if (ended) return;
    log(`${new Date(clock.now()).toISOString()}\t${requestId}\tERROR\t${JSON.stringify(error)}`);
    end({ error });
  }
  const timeout = clock.after(deadline - clock.now(), () => {
    log(
      `${new Date(clock.now()).toISOString()} ${requestId} Task timed out after ${settings.timeoutSeconds.toFixed(2)} seconds`,
    );
    end({ error: sandboxFailure.timedOut(requestId, settings.timeoutSeconds) });
  });

  async function run(program: Program): Promise<void> {
    sandbox = createSandbox({
      host,
      work,
      requestId,
      log,
      environment: environmentOf(options),
      onUncaught: (error) => fail(runtimeError("Runtime.UncaughtException", error)),
      onExit: (code) =>
        fail(
          sandboxFailure.exited(
            requestId,
            code === 0 ? "without providing a reason" : `with error: exit status ${code}`,
          ),
        ),
    });
    let exported: Record<string, unknown>;
    try {
      exported = program.instantiate(sandbox);
    } catch (error) {
      return fail(loadError(error));
    }
    const { handler } = exported;
    if (typeof handler !== "function") return fail(missingHandler(handler));
    try {
      const answer: unknown = await Reflect.apply(handler, undefined, [
        JSON.parse(options.event),
        contextOf(options, deadline),
      ]);
      end(roundTrip(answer));
    } catch (error) {
      fail(functionError(error));
    }
  }

  async function start(): Promise<void> {
    log(`START RequestId: ${requestId} Version: $LATEST`);
    let program: Program;
    try {
      // Compiled late: a function whose code is no JavaScript fails when it is invoked, as on AWS.
      program = compile(await options.bundle);
    } catch (error) {
      return fail(loadError(error));
    }
    if (ended) return;
    const receive = (errorType: string, thrown: unknown): void => fail(runtimeError(errorType, thrown));
    await withStrayErrors(receive, () => run(program));
  }

  const starting = options.startMs > 0 ? waitFor(clock, work, options.startMs, () => void start()) : undefined;
  if (starting === undefined) void start();
  return {
    work,
    result,
    kill: () => fail(sandboxFailure.exited(requestId, "with error: signal: killed")),
  };
}

/** Lets time pass for an invocation that has nothing else under way. */
function waitFor(clock: Clock, work: Work, delayMs: number, run: () => void): Timer {
  const done = work.addTimer();
  return clock.after(delayMs, () => {
    done();
    run();
  });
}

function logGroupOf({ name }: FunctionSettings): string {
  return `/aws/lambda/${name}`;
}

function environmentOf({ settings, ...options }: InvocationOptions): Record<string, string> {
  return functionEnvironment({
    functionName: settings.name,
    memoryMegabytes: settings.memoryMegabytes,
    variables: settings.environment,
    region: options.region,
    endpoint: options.endpoint,
    accessKeyId: options.accessKeyId,
    logGroup: logGroupOf(settings),
    logStream: options.logStream,
  });
}

/** The `context` that a handler gets (docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html). */
function contextOf({ host, settings, requestId, logStream }: InvocationOptions, deadline: number): object {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: settings.name,
    functionVersion: "$LATEST",
    invokedFunctionArn: settings.arn,
    memoryLimitInMB: String(settings.memoryMegabytes),
    awsRequestId: requestId,
    logGroupName: logGroupOf(settings),
    logStreamName: logStream,
    getRemainingTimeInMillis: () => deadline - host.clock.now(),
  };
}

/** What is left of an answer after its way through JSON. */
function roundTrip(answer: unknown): { payload: unknown } | { error: FunctionError } {
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

function missingHandler(handler: unknown): FunctionError {
  const what = handler === undefined ? "is undefined or not exported" : "is not a function";
  return { errorType: "Runtime.HandlerNotFound", errorMessage: `index.handler ${what}`, trace: [] };
}

/** Lambda's line, without the memory used: that of one instance in a shared process cannot be known. */
function report(requestId: string, durationMs: number, memoryMegabytes: number): string {
  const billed = Math.max(1, Math.ceil(durationMs));
  return `REPORT RequestId: ${requestId}\tDuration: ${durationMs.toFixed(2)} ms\tBilled Duration: ${billed} ms\tMemory Size: ${memoryMegabytes} MB`;
}
