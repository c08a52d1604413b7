import { functionEnvironment } from "./environment.ts";
import { type FunctionError, loadError, runtimeError, sandboxFailure } from "./failures.ts";
import { inInstance } from "./following.ts";
import type { Program } from "./program.ts";
import { createSandbox, type Host } from "./sandbox.ts";
import { withStrayErrors } from "./stray-errors.ts";
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
  /** Called when the instance is over; several times, perhaps. */
  onDiscard: () => void;
};

/** An invocation, as the instance knows it that it occupies. */
export type Occupant = {
  requestId: string;
  /** The instance has come to its end with it. */
  fail(error: FunctionError): void;
};

type Handler = (event: unknown, context: object) => unknown;

/**
 * What Lambda calls an execution environment: a function's code, loaded once, with what it keeps between invocations. It
 * serves one invocation after the other, and is frozen in between: its timers, and the answers to what it asked, wait
 * (docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
 */
export type Instance = {
  readonly work: Work;
  readonly accessKeyId: string;
  readonly logGroup: string;
  readonly logStream: string;
  /** Writes a line to the instance's log. */
  log(line: string): void;
  /** Begins an invocation, or wakes what the instance was still about when the last one ended. */
  thaw(occupant: Occupant): void;
  /** Loads the code when that has not happened yet, and calls the handler. @throws LoadFailure, and what the handler throws */
  run(program: Program, event: unknown, context: object): Promise<unknown>;
  /**
   * The invocation is over: the instance stands still until the next one. One with an open connection to a server of this
   * machine is discarded, which Lambda may do with any.
   */
  freeze(): void;
  /** The instance is over: nothing of it goes on. */
  discard(): void;
  readonly isDiscarded: boolean;
};

/** The code cannot be loaded, or has no handler: no later invocation would fare better. */
export class LoadFailure extends Error {
  readonly functionError: FunctionError;
  constructor(functionError: FunctionError) {
    super(functionError.errorMessage);
    this.functionError = functionError;
  }
}

/** Prepares an instance, frozen. Its code is loaded by its first invocation. */
export function createInstance(options: InstanceOptions): Instance {
  const { host, settings, accessKeyId, logStream } = options;
  const logGroup = `/aws/lambda/${settings.name}`;
  const log = (line: string): void => options.log(logGroup, logStream, [line]);
  const work = instanceWork(host.clock);
  let occupant: Occupant | undefined;
  let requestId = "";
  let handler: Handler | undefined;
  let isDiscarded = false;

  function discard(): void {
    isDiscarded = true;
    sandbox.discard();
    work.end();
    options.onDiscard();
  }
  /** Whoever runs in the instance bears what happens to it. Frozen, it only ends. */
  function crash(error: FunctionError): void {
    if (occupant === undefined) discard();
    else occupant.fail(error);
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
      occupant = next;
      requestId = next.requestId;
      work.thaw();
    },
    run: (program, event, context) =>
      withStrayErrors(
        (errorType, thrown) => crash(runtimeError(errorType, thrown)),
        () =>
          inInstance(sandbox, async () => {
            handler ??= load(program, sandbox);
            return await handler(event, context);
          }),
      ),
    freeze() {
      occupant = undefined;
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
