import { functionEnvironment } from "./environment.ts";
import { type FunctionError, loadError, runtimeError, sandboxFailure } from "./failures.ts";
import { inInstance } from "./current-instance.ts";
import type { Program } from "./program.ts";
import { createSandbox, type Host } from "./sandbox.ts";
import { withUncaughtErrors } from "./uncaught-errors.ts";
import { instanceWork, type Work } from "./work.ts";

export type FunctionSettings = {
  name: string;
  arn: string;
  timeoutSeconds: number;
  memoryMegabytes: number;
  environment: Readonly<Record<string, string>>;
};

export type InstanceOptions = {
  host: Host;
  settings: FunctionSettings;
  accessKeyId: string;
  region: string;
  endpoint: string;
  logStream: string;
  log: (group: string, stream: string, lines: readonly string[]) => void;
  /** Called when the instance is discarded; possibly several times. */
  onDiscard: () => void;
};

/** The invocation that runs in an instance. */
type RunningInvocation = {
  requestId: string;
  /** Ends the invocation, and discards the instance. */
  fail(error: FunctionError): void;
};

type Handler = (event: unknown, context: object) => unknown;

/**
 * Lambda's execution environment: a function's code, loaded once, with its state between invocations. It runs one invocation
 * at a time. Between invocations it is frozen: its timers, and the answers to its requests, wait
 * (docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
 */
export type Instance = {
  readonly work: Work;
  readonly accessKeyId: string;
  readonly logGroup: string;
  readonly logStream: string;
  /** Writes a line to the instance's log. */
  log(line: string): void;
  /** Starts an invocation, and resumes the timers and answers that waited. */
  thaw(invocation: RunningInvocation): void;
  /** Loads the code in the first invocation, and calls the handler. @throws LoadFailure, and the handler's errors */
  run(program: Program, event: unknown, context: object): Promise<unknown>;
  /**
   * Stops the instance until the next invocation. Discards an instance with an open connection to a server of this machine;
   * Lambda may discard any instance.
   */
  freeze(): void;
  /** Ends the instance, its timers and its requests. */
  discard(): void;
  readonly isDiscarded: boolean;
};

/** The code cannot be loaded, or has no handler. Later invocations would fail as well. */
export class LoadFailure extends Error {
  readonly functionError: FunctionError;
  constructor(functionError: FunctionError) {
    super(functionError.errorMessage);
    this.functionError = functionError;
  }
}

/** Creates a frozen instance. Its first invocation loads the code. */
export function createInstance(options: InstanceOptions): Instance {
  const { host, settings, accessKeyId, logStream } = options;
  const logGroup = `/aws/lambda/${settings.name}`;
  const log = (line: string): void => options.log(logGroup, logStream, [line]);
  const work = instanceWork(host.clock);
  let invocation: RunningInvocation | undefined;
  let requestId = "";
  let handler: Handler | undefined;
  let isDiscarded = false;

  function discard(): void {
    isDiscarded = true;
    sandbox.discard();
    work.end();
    options.onDiscard();
  }
  /** Fails the running invocation. A frozen instance is only discarded. */
  function crash(error: FunctionError): void {
    if (invocation === undefined) discard();
    else invocation.fail(error);
  }
  const sandbox = createSandbox({
    host,
    work,
    requestId: () => requestId,
    log,
    environment: functionEnvironment({
      functionName: settings.name,
      memoryMegabytes: settings.memoryMegabytes,
      variables: settings.environment,
      region: options.region,
      endpoint: options.endpoint,
      accessKeyId,
      logGroup,
      logStream,
    }),
    onUncaught: (error) => crash(runtimeError("Runtime.UncaughtException", error)),
    onExit: (code) => crash(sandboxFailure.exited(requestId, exitText(code))),
  });

  return {
    work,
    accessKeyId,
    logGroup,
    logStream,
    log,
    thaw(next) {
      invocation = next;
      requestId = next.requestId;
      work.thaw();
    },
    run: (program, event, context) =>
      withUncaughtErrors(
        (errorType, thrown) => crash(runtimeError(errorType, thrown)),
        () =>
          inInstance(sandbox, async () => {
            handler ??= load(program, sandbox);
            return await handler(event, context);
          }),
      ),
    freeze() {
      invocation = undefined;
      sandbox.flush();
      if (sandbox.isConnected()) discard();
      else work.freeze();
    },
    discard,
    get isDiscarded() {
      return isDiscarded;
    },
  };
}

function load(program: Program, sandbox: Parameters<Program["instantiate"]>[0]): Handler {
  let exported: Record<string, unknown>;
  try {
    exported = program.instantiate(sandbox);
  } catch (error) {
    throw new LoadFailure(loadError(error));
  }
  const { handler } = exported;
  if (typeof handler === "function") return (event, context) => Reflect.apply(handler, undefined, [event, context]);
  const what = handler === undefined ? "is undefined or not exported" : "is not a function";
  throw new LoadFailure({ errorType: "Runtime.HandlerNotFound", errorMessage: `index.handler ${what}`, trace: [] });
}

function exitText(code: number): string {
  return code === 0 ? "without providing a reason" : `with error: exit status ${code}`;
}
