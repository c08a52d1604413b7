import { AwsError } from "../protocol/errors.ts";
import type { Exchanger } from "../protocol/exchange.ts";
import type { HttpRequest } from "../protocol/http.ts";
import type { Caller } from "../protocol/service.ts";
import { drawMs, type Latency, noLatency } from "../world/latency.ts";
import type { InvocationResult, World } from "../world/world.ts";
import type { Bundle, Bundling } from "./bundle.ts";
import { codeSource } from "./code-source.ts";
import {
  noFunctionUrl,
  tooLarge,
  urlEvent,
  type UrlRequest,
  urlRequestLimitBytes,
  urlResponse,
  type UrlResponse,
} from "./function-url.ts";
import { type FunctionDefinition, type RegisteredFunction, registeredFunctions } from "./functions.ts";
import { randomHex, randomUuid, hostGlobals } from "./host.ts";
import { functionInstances } from "./instances.ts";
import { type Invocation, startInvocation } from "./invocation.ts";
import { emptyFileSystem } from "./modules.ts";
import { watchUncaughtErrors } from "./uncaught-errors.ts";
import { callerHeader, sharedNetwork } from "./network.ts";

/** Maximum payload of a synchronous invocation, in bytes (docs: Lambda quotas). */
const payloadLimitBytes = 6 * 1024 * 1024;

export type LambdaOptions = Pick<World, "clock" | "region" | "accountId" | "random" | "log"> & {
  /** URL of the local AWS; read at each invocation. */
  endpoint: () => string;
  /** Sends requests to the local AWS without a connection; functions use a connection when absent. */
  exchange?: Exchanger;
  /** Base folder of relative paths of source files. */
  root: string;
  /** esbuild's options for the functions; esbuild's defaults when absent. */
  bundling?: Bundling | undefined;
  /** Start times of functions; zero when absent. */
  latency?: Latency;
  /**
   * Whether an instance runs several invocations in sequence, as on Lambda (the default), or only one: Lambda does not
   * guarantee that it keeps an instance.
   */
  instances?: "reused" | "fresh";
};

/** An invocation that has ended. */
export type InvocationRecord = {
  invocationId: string;
  functionName: string;
  /** When its code started, in milliseconds since the epoch. */
  startedAt: number;
  durationMs: number;
  memoryMegabytes: number;
  ok: boolean;
};

export type LambdaRuntime = {
  /** Registers a function, or replaces it, and starts to bundle its code. */
  register(name: string, definition: FunctionDefinition): void;
  /** @throws AwsError ResourceNotFoundException */
  find(nameOrArn: string): RegisteredFunction;
  /** Resolves when the code of all registered functions is bundled. @throws Error of esbuild */
  bundles(): Promise<readonly (Bundle & { functionName: string })[]>;
  /**
   * Runs a function in an instance without another invocation. The failure of a function is a result, not an exception.
   *
   * @throws AwsError ResourceNotFoundException, RequestEntityTooLargeException
   */
  invoke(nameOrArn: string, payload: unknown): Promise<InvocationResult>;
  /** Answers requests to the function's URL. @throws AwsError ResourceNotFoundException, also for a function without URL */
  functionUrl(name: string): (request: UrlRequest) => Promise<UrlResponse>;
  /** The function that signs with this access key, and its last invocation. Undefined for any other key. */
  callerOf(accessKeyId: string): Caller | undefined;
  /** The same for a request that is not signed, such as a request to a route. */
  senderOf(request: HttpRequest): Caller | undefined;
  /**
   * Marks one reply to this caller as deliberately delayed until the returned function is called: the caller does not hold the
   * clock for this request. Has no effect for callers that are not functions.
   */
  parkReply(caller: Caller | undefined): () => void;
  /** Crashes the sandbox of a running invocation. Returns false when no running invocation has this id. */
  kill(invocationId: string): boolean;
  /** Whether a function is running. */
  isRunning: () => boolean;
  /** Ended invocations, in the order of their ends. */
  readonly invocations: readonly InvocationRecord[];
  /** Calls `listener` with each invocation that ends, until the returned function is called. */
  onInvocation(listener: (record: InvocationRecord) => void): () => void;
  /** Ends all invocations and closes the connections. */
  close(): void;
};

/** Lambda: runs functions in this process, each instance in its own sandbox. */
export function createLambda(options: LambdaOptions): LambdaRuntime {
  const { clock, region, random, latency = noLatency } = options;
  const isReused = options.instances !== "fresh";
  const functions = registeredFunctions(options, codeSourceOf(options));
  const network = sharedNetwork(localServerOf(options));
  const host = { clock, globals: hostGlobals(clock, random), network, files: emptyFileSystem() };
  const instances = functionInstances({ ...options, host });
  const running = new Map<string, Invocation>();
  const invocations: InvocationRecord[] = [];
  const listeners = new Set<(record: InvocationRecord) => void>();
  const unwatch = watchUncaughtErrors();

  async function invokeText({ settings, bundle }: RegisteredFunction, event: string): Promise<InvocationResult> {
    const { name, memoryMegabytes } = settings;
    const requestId = randomUuid(random);
    const { instance, isWarm } = instances.acquire(settings, requestId);
    const startMs = drawMs(isWarm ? latency.resume : latency.start, random);
    const startedAt = clock.now() + startMs;
    const invocation = startInvocation({ clock, settings, instance, startMs, bundle, event, requestId });
    running.set(requestId, invocation);
    const result = await invocation.result;
    running.delete(requestId);
    if (isReused && functions.find(name).settings === settings) instances.keep(name, instance);
    else instance.discard();
    const { durationMs, ok } = result;
    const record = { invocationId: requestId, functionName: name, startedAt, durationMs, memoryMegabytes, ok };
    invocations.push(record);
    for (const listener of listeners) listener(record);
    return result;
  }

  return {
    register(name, definition) {
      functions.register(name, definition);
      instances.drop(name);
    },
    find: (nameOrArn) => functions.find(nameOrArn),
    bundles: () =>
      Promise.all(
        [...functions.all()].map(async ([functionName, { bundle }]) => ({ functionName, ...(await bundle) })),
      ),
    async invoke(nameOrArn, payload) {
      const target = functions.find(nameOrArn);
      const event = JSON.stringify(payload ?? null);
      refuseLargePayload(event);
      return await invokeText(target, event);
    },
    functionUrl(name) {
      const target = (): RegisteredFunction => {
        const found = functions.find(name);
        if (!found.publicUrl) throw noFunctionUrl();
        return found;
      };
      target();
      const domainPrefix = randomHex(random, 32);
      return async (request) => {
        if (request.body.byteLength > urlRequestLimitBytes) return tooLarge();
        const event = urlEvent(request, { domainPrefix, region, requestId: randomUuid(random), now: clock.now() });
        return urlResponse(await invokeText(target(), JSON.stringify(event)));
      };
    },
    callerOf: (accessKeyId) => instances.callerOf(accessKeyId),
    senderOf: ({ headers }) => instances.callerOf(headers[callerHeader] ?? ""),
    parkReply(caller) {
      const instance = caller?.kind === "function" ? instances.instanceOf(caller.invocationId) : undefined;
      return instance?.work.parkReply() ?? (() => undefined);
    },
    kill(invocationId) {
      const invocation = running.get(invocationId);
      invocation?.kill();
      return invocation !== undefined;
    },
    isRunning: () => running.size > 0,
    invocations,
    onInvocation(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      for (const invocation of running.values()) invocation.kill();
      instances.close();
      unwatch();
      network.http.destroy();
      network.https.destroy();
    },
  };
}

/** Instances with one invocation each do not share packages either. */
function codeSourceOf({ root, bundling, instances }: LambdaOptions): (file: string) => Promise<Bundle> {
  return codeSource({ root, bundling, kind: instances === "fresh" ? "local" : "shared" });
}

function localServerOf({ endpoint, exchange }: LambdaOptions): Parameters<typeof sharedNetwork>[0] {
  return exchange === undefined ? undefined : { port: () => Number(new URL(endpoint()).port), exchange };
}

function refuseLargePayload(event: string): void {
  if (Buffer.byteLength(event) <= payloadLimitBytes) return;
  throw new AwsError(
    "RequestEntityTooLargeException",
    `Request must be smaller than ${payloadLimitBytes} bytes for the InvokeFunction operation`,
    413,
  );
}
