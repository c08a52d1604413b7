import type { Clock } from "../clock/clock.ts";
import { drawMs, noLatency } from "../world/latency.ts";
import type { Latency } from "../world/latency.ts";
import { AwsError } from "../protocol/errors.ts";
import type { Exchanging } from "../protocol/exchange.ts";
import type { Caller } from "../protocol/service.ts";
import type { InvocationResult, World } from "../world/world.ts";
import type { Bundle } from "./bundle.ts";
import { codeSource } from "./code-source.ts";
import { tooLarge, urlEvent, urlRequestLimitBytes, urlResponse } from "./function-url.ts";
import type { UrlRequest, UrlResponse } from "./function-url.ts";
import { randomHex, randomUuid, sharedGlobals } from "./host.ts";
import { instancePool } from "./instance-pool.ts";
import { createInstance } from "./instance.ts";
import type { FunctionSettings, Instance } from "./instance.ts";
import { startInvocation } from "./invocation.ts";
import type { Invocation } from "./invocation.ts";
import { emptyFiles } from "./modules.ts";
import { watchStrayErrors } from "./stray-errors.ts";
import { sharedWire } from "./wire.ts";

/** Largest payload of a synchronous invocation, in bytes (docs: Lambda quotas). */
const payloadLimitBytes = 6 * 1024 * 1024;

export type FunctionDefinition = {
  /** Source file that exports `handler`; absolute, or relative to the runtime's root. */
  file: string;
  timeoutSeconds: number;
  memoryMegabytes: number;
  environment: Readonly<Record<string, string>>;
};

export type LambdaOptions = Pick<World, "clock" | "region" | "accountId" | "random" | "log"> & {
  /** Where functions find the local AWS; asked for at each invocation. */
  endpoint: () => string;
  /** The way there without a connection; over one when absent. */
  exchange?: Exchanging;
  /** The repository's root. */
  root: string;
  /** How long starts take; no time when absent. */
  latency?: Latency;
  /**
   * Whether an instance serves several invocations, one after the other, as on Lambda; when absent it does. `fresh` ones
   * serve one each: Lambda promises nobody that an instance is kept.
   */
  instances?: "reused" | "fresh";
};

/** An invocation that has ended. */
export type InvocationRecord = {
  invocationId: string;
  functionName: string;
  /** When its code began to run, in milliseconds since the epoch. */
  startedAt: number;
  durationMs: number;
  memoryMegabytes: number;
  ok: boolean;
};

export type LambdaRuntime = {
  /** Makes a function known, or replaces it, and begins to bundle its code. */
  register(name: string, definition: FunctionDefinition): void;
  /** What a function was registered as. @throws AwsError ResourceNotFoundException */
  settings(nameOrArn: string): FunctionSettings;
  /** Settles when the code of every registered function is bundled. @throws Error of esbuild's */
  bundles(): Promise<readonly (Bundle & { functionName: string })[]>;
  /**
   * Runs a function, in an instance that nobody else is in. The result tells how it ended; a function that fails is a result, too.
   *
   * @throws AwsError ResourceNotFoundException, RequestEntityTooLargeException
   */
  invoke(nameOrArn: string, payload: unknown): Promise<InvocationResult>;
  /** Answers requests to the function's URL. @throws AwsError ResourceNotFoundException */
  functionUrl(name: string): (request: UrlRequest) => Promise<UrlResponse>;
  /** Which function signs with this access key, and its last invocation. Undefined for everybody else's keys. */
  callerOf(accessKeyId: string): Caller | undefined;
  /**
   * Says that the server keeps one reply to this caller back deliberately, until the returned function is called: time
   * may then pass for the caller. Nothing happens for callers that are no function.
   */
  parkReply(caller: Caller): () => void;
  /** Crashes the sandbox of an invocation under way. False when there is none of that id. */
  kill(invocationId: string): boolean;
  /** Whether any function is under way. */
  isAtWork: () => boolean;
  /** What has ended so far, in order of ending. */
  readonly invocations: readonly InvocationRecord[];
  /** Has `listener` told of every invocation that ends, until the returned function is called. */
  onInvocation(listener: (record: InvocationRecord) => void): () => void;
  /** Ends every invocation and gives the connections back. */
  close(): void;
};

type RegisteredFunction = { settings: FunctionSettings; bundle: Promise<Bundle> };

export function createLambda(options: LambdaOptions): LambdaRuntime {
  const { clock, region, accountId, random, endpoint, latency = noLatency, instances = "reused" } = options;
  const functions = new Map<string, RegisteredFunction>();
  const callers = new Map<string, Caller>();
  const running = new Map<string, Invocation>();
  /** By id of each invocation, until the instance is over: an answer may be kept back longer than the invocation lasts. */
  const instanceOf = new Map<string, Instance>();
  const pool = instancePool(clock);
  const invocations: InvocationRecord[] = [];
  const listeners = new Set<(record: InvocationRecord) => void>();
  const bundleOf = codeSource(options.root, instances === "reused" ? "shared" : "local");
  const wire = sharedWire(
    options.exchange && { port: () => Number(new URL(endpoint()).port), exchange: options.exchange },
  );
  const host = { clock, globals: sharedGlobals(clock, random), wire, files: emptyFiles() };
  const unwatch = watchStrayErrors();

  const arnOf = (name: string): string => `arn:aws:lambda:${region}:${accountId}:function:${name}`;

  function find(nameOrArn: string): RegisteredFunction {
    const name = nameOrArn.startsWith("arn:") ? nameOrArn.split(":")[6] : nameOrArn;
    const found = name === undefined ? undefined : functions.get(name);
    if (found !== undefined) return found;
    const arn = nameOrArn.startsWith("arn:") ? nameOrArn : arnOf(nameOrArn);
    throw new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404, { Type: "User" });
  }

  async function invokeText({ settings, bundle }: RegisteredFunction, event: string): Promise<InvocationResult> {
    const requestId = randomUuid(random);
    const warm = pool.take(settings.name);
    const instance = warm ?? create(settings);
    const startMs = drawMs(warm === undefined ? latency.start : latency.resume, random);
    const startedAt = clock.now() + startMs;
    callers.set(instance.accessKeyId, { kind: "function", functionName: settings.name, invocationId: requestId });
    instanceOf.set(requestId, instance);
    const invocation = startInvocation({ clock, settings, instance, startMs, bundle, event, requestId });
    running.set(requestId, invocation);
    const result = await invocation.result;
    running.delete(requestId);
    const isCurrent = functions.get(settings.name)?.settings === settings;
    if (instances === "reused" && isCurrent) pool.put(settings.name, instance);
    else instance.discard();
    const { name: functionName, memoryMegabytes } = settings;
    const { durationMs, ok } = result;
    const record = { invocationId: requestId, functionName, startedAt, durationMs, memoryMegabytes, ok };
    invocations.push(record);
    for (const listener of listeners) listener(record);
    return result;
  }

  /** Whose calls its credentials sign is known beyond the instance's end: one may be on its way still. */
  function forget(instance: Instance): void {
    for (const [requestId, one] of instanceOf) if (one === instance) instanceOf.delete(requestId);
  }

  function create(settings: FunctionSettings): Instance {
    const instance = createInstance({
      host,
      settings,
      accessKeyId: `ASIALOCAL${String(callers.size).padStart(11, "0")}`,
      region,
      endpoint: endpoint(),
      logStream: `${logDay(clock)}/[$LATEST]${randomHex(random, 32)}`,
      log: options.log,
      onDiscard: () => forget(instance),
    });
    return instance;
  }

  return {
    register(name, { file, timeoutSeconds, memoryMegabytes, environment }) {
      const bundle = bundleOf(file);
      // Whoever invokes the function, or asks for the bundles, learns of what is wrong with its code.
      bundle.catch(() => undefined);
      const settings = { name, arn: arnOf(name), timeoutSeconds, memoryMegabytes, environment };
      functions.set(name, { settings, bundle });
      pool.drop(name);
    },
    settings: (nameOrArn) => find(nameOrArn).settings,
    bundles: () =>
      Promise.all([...functions].map(async ([functionName, { bundle }]) => ({ functionName, ...(await bundle) }))),
    async invoke(nameOrArn, payload) {
      const target = find(nameOrArn);
      const event = JSON.stringify(payload ?? null);
      if (Buffer.byteLength(event) > payloadLimitBytes) {
        throw new AwsError(
          "RequestEntityTooLargeException",
          `Request must be smaller than ${payloadLimitBytes} bytes for the InvokeFunction operation`,
          413,
        );
      }
      return await invokeText(target, event);
    },
    functionUrl(name) {
      const target = find(name);
      const domainPrefix = randomHex(random, 32);
      return async (request) => {
        if (request.body.byteLength > urlRequestLimitBytes) return tooLarge();
        const event = urlEvent(request, { domainPrefix, region, requestId: randomUuid(random), now: clock.now() });
        return urlResponse(await invokeText(target, JSON.stringify(event)));
      };
    },
    callerOf: (accessKeyId) => callers.get(accessKeyId),
    parkReply(caller) {
      const instance = caller.kind === "function" ? instanceOf.get(caller.invocationId) : undefined;
      return instance?.work.parkReply() ?? (() => undefined);
    },
    kill(invocationId) {
      const invocation = running.get(invocationId);
      invocation?.kill();
      return invocation !== undefined;
    },
    isAtWork: () => running.size > 0,
    invocations,
    onInvocation(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      for (const invocation of running.values()) invocation.kill();
      pool.close();
      unwatch();
      wire.http.destroy();
      wire.https.destroy();
    },
  };
}

/** Log streams are named by day: `2026/11/21`. */
function logDay(clock: Clock): string {
  return new Date(clock.now()).toISOString().slice(0, 10).replaceAll("-", "/");
}
