import { EventEmitter } from "node:events";
import { format, inspect } from "node:util";
import type { Clock } from "../clock/clock.ts";
import { derive } from "./derive.ts";
import type { InstanceView } from "./current-instance.ts";
import { lineStream } from "./line-stream.ts";
import { countedSubtle, countedZlib, instanceRequire, type Replacements } from "./modules.ts";
import { replacing, type HostGlobals } from "./host.ts";
import { instanceTimers } from "./timers.ts";
import { instanceNetwork, type SharedNetwork } from "./network.ts";
import type { Work } from "./work.ts";

/** Parts that all instances of all functions share. */
export type Host = { clock: Clock; globals: HostGlobals; network: SharedNetwork; files: Replacements };

export type SandboxOptions = {
  host: Host;
  work: Work;
  /** Of the running invocation. */
  requestId: () => string;
  /** The complete environment. */
  environment: Readonly<Record<string, string>>;
  log: (line: string) => void;
  /** Called with an error that the function did not catch. */
  onUncaught: (error: unknown) => void;
  onExit: (code: number) => void;
};

/** Replacements of Node's globals and modules for an instance. */
export type Sandbox = InstanceView & {
  /** Logs an incomplete line. */
  flush(): void;
  /** See `InstanceNetwork`. */
  isConnected: () => boolean;
  /** Ends timers, requests and output. */
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
  const network = instanceNetwork(host.network, work, timers, environment["AWS_ACCESS_KEY_ID"] ?? "");
  const { promises, ...timerGlobals } = timers.timers;
  const crypto = replacing(globals.crypto, { subtle: countedSubtle(work) });
  const process = instanceProcess({ environment, clock: host.clock, output: output.stream, onExit });
  const requireModule = instanceRequire({
    ...host.files,
    ...network.modules,
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
    fetch: network.fetch,
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
    isConnected: network.isConnected,
    discard() {
      output.flush();
      discarded = true;
      timers.discard();
      network.discard();
    },
  };
}

type ProcessOptions = {
  environment: Readonly<Record<string, string>>;
  clock: Clock;
  output: NodeJS.WritableStream;
  onExit: (code: number) => void;
};

/** `process` of a function: has only the function's environment, and cannot change the actual process. */
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

/** `console` as patched by Lambda's runtime: time, request and level before each message (text format). */
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
