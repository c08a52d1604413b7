import { EventEmitter } from "node:events";
import { format, inspect } from "node:util";
import type { Clock } from "../clock/clock.ts";
import { derive } from "./derive.ts";
import type { InstanceView } from "./following.ts";
import { lineStream } from "./line-stream.ts";
import { countedSubtle, countedZlib, instanceRequire, type Replacements } from "./modules.ts";
import { replacing, type SharedGlobals } from "./host.ts";
import { instanceTimers } from "./timers.ts";
import { instanceWire, type SharedWire } from "./wire.ts";
import type { Work } from "./work.ts";

/** What every instance of every function shares. */
export type Host = { clock: Clock; globals: SharedGlobals; wire: SharedWire; files: Replacements };

export type SandboxOptions = {
  host: Host;
  work: Work;
  /** Of the invocation that the instance is about. */
  requestId: () => string;
  /** The whole environment. */
  environment: Readonly<Record<string, string>>;
  log: (line: string) => void;
  /** Something was thrown where nobody could catch it. */
  onUncaught: (error: unknown) => void;
  onExit: (code: number) => void;
};

/** What an instance finds in the place of Node's globals, by name. `discard` silences it for good. */
export type Sandbox = InstanceView & {
  /** Has a line that was printed without its end logged. */
  flush(): void;
  /** See `InstanceWire`. */
  isConnected: () => boolean;
  discard(): void;
};

/** Names that a bundle's wrapper takes as parameters, in order. */
export const bindingNames = [
  "require",
  "process",
  "console",
  "Date",
  "Math",
  "performance",
  "crypto",
  "fetch",
  "AbortSignal",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "clearTimeout",
  "clearInterval",
  "clearImmediate",
  "globalThis",
  "global",
  "__filename",
  "__dirname",
] as const;

export function createSandbox({
  host,
  work,
  requestId,
  environment,
  log,
  onUncaught,
  onExit,
}: SandboxOptions): Sandbox {
  const { globals } = host;
  let discarded = false;
  const write = (line: string): void => {
    if (!discarded) log(line);
  };
  const output = lineStream(write);
  const timers = instanceTimers(host.clock, work, onUncaught);
  const wire = instanceWire(host.wire, work, timers, environment["AWS_ACCESS_KEY_ID"] ?? "");
  const { promises, ...timerGlobals } = timers.timers;
  const crypto = replacing(globals.crypto, { subtle: countedSubtle(work) });
  const process = instanceProcess({ environment, clock: host.clock, output: output.stream, onExit });
  const requireModule = instanceRequire({
    ...host.files,
    ...wire.modules,
    timers: () => timers.timers,
    "timers/promises": () => promises,
    process: () => process,
    crypto: () => derive(globals.cryptoModule, { webcrypto: crypto, subtle: crypto.subtle }),
    zlib: () => countedZlib(work),
    perf_hooks: () => ({ performance: globals.performance }),
  });
  const bindings: Record<string, unknown> = {
    ...timerGlobals,
    process,
    console: lambdaConsole(requestId, globals.Date, write),
    Date: globals.Date,
    Math: globals.Math,
    performance: globals.performance,
    crypto,
    fetch: wire.fetch,
    AbortSignal: abortSignal(timers.timers.setTimeout),
    __filename: "/var/task/index.js",
    __dirname: "/var/task",
    require: requireModule,
  };
  const global = Object.create(globalThis, Object.getOwnPropertyDescriptors(bindings));
  bindings["globalThis"] = global;
  bindings["global"] = global;
  return {
    bindings,
    require: requireModule,
    flush: () => output.flush(),
    isConnected: wire.isConnected,
    discard() {
      output.flush();
      discarded = true;
      timers.discard();
      wire.discard();
    },
  };
}

type ProcessOptions = {
  environment: Readonly<Record<string, string>>;
  clock: Clock;
  output: NodeJS.WritableStream;
  onExit: (code: number) => void;
};

/** `process` of a function: its own environment, nothing inherited, and no hand on the process that it really runs in. */
function instanceProcess({ environment, clock, output, onExit }: ProcessOptions): object {
  const { version, versions, release, arch, features, execPath } = process;
  const startedAt = clock.now();
  const elapsedMs = (): number => clock.now() - startedAt;
  const hrtime = ([seconds, nanoseconds] = [0, 0]): [number, number] => {
    const elapsed = BigInt(elapsedMs()) * 1_000_000n - BigInt(seconds) * 1_000_000_000n - BigInt(nanoseconds);
    return [Number(elapsed / 1_000_000_000n), Number(elapsed % 1_000_000_000n)];
  };
  return Object.assign(new EventEmitter(), {
    version,
    versions,
    release,
    arch,
    features,
    execPath,
    memoryUsage: () => process.memoryUsage(),
    env: { ...environment },
    platform: "linux",
    argv: ["/var/lang/bin/node", "/var/runtime/index.mjs"],
    execArgv: [],
    pid: 2,
    title: "node",
    stdout: output,
    stderr: output,
    cwd: () => "/var/task",
    geteuid: () => 993,
    uptime: () => elapsedMs() / 1000,
    hrtime: Object.assign(hrtime, { bigint: () => BigInt(elapsedMs()) * 1_000_000n }),
    nextTick: (run: () => void, ...args: []) => process.nextTick(run, ...args),
    emitWarning: (warning: unknown) => output.write(`(node:2) ${String(warning)}\n`),
    exit: (code: unknown = 0) => {
      onExit(Number(code));
      throw new Error("process.exit");
    },
  });
}

/** `console` as Lambda's runtime patches it: time, request and level before each message (text format). */
function lambdaConsole(requestId: () => string, date: DateConstructor, write: (line: string) => void): object {
  const level =
    (name: string) =>
    (...args: unknown[]): void =>
      write(`${new date().toISOString()}\t${requestId()}\t${name}\t${format(...args)}`);
  return {
    trace: level("TRACE"),
    debug: level("DEBUG"),
    info: level("INFO"),
    log: level("INFO"),
    warn: level("WARN"),
    error: level("ERROR"),
    dir: (value: unknown) => level("INFO")(inspect(value)),
    table: (value: unknown) => level("INFO")(inspect(value)),
    assert: (condition: unknown, ...args: unknown[]) => {
      if (!condition) level("WARN")("Assertion failed", ...args);
    },
  };
}

function abortSignal(setTimeout: (run: () => void, delayMs: number) => unknown): typeof AbortSignal {
  return replacing(AbortSignal, {
    timeout(delayMs) {
      const controller = new AbortController();
      setTimeout(() => {
        controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
      }, delayMs);
      return controller.signal;
    },
  });
}
