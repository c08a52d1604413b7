import { AwsError } from "../protocol/errors.ts";
import type { Exchanger } from "../protocol/exchange.ts";
import type { HttpRequest } from "../protocol/http.ts";
import type { Caller } from "../protocol/service.ts";
import { drawMs, type Latency, noLatency } from "../world/latency.ts";
import type { InvocationResult, World } from "../world/world.ts";
import type { Bundle, Bundling } from "./bundle.ts";
import { codeSource } from "./code-source.ts";
import {
  tooLarge,
  urlEvent,
  type UrlRequest,
  urlRequestLimitBytes,
  urlResponse,
  type UrlResponse,
} from "./function-url.ts";
import { type FunctionDefinition, type RegisteredFunction, registeredFunctions } from "./functions.ts";
import { randomHex, randomUuid, sharedGlobals } from "./host.ts";
import type { FunctionSettings } from "./instance.ts";
import { functionInstances } from "./instances.ts";
import { type Invocation, startInvocation } from "./invocation.ts";
import { emptyFiles } from "./modules.ts";
import { watchStrayErrors } from "./stray-errors.ts";
import { callerHeader, sharedWire } from "./wire.ts";

/** Largest payload of a synchronous invocation, in bytes (docs: Lambda quotas). */
const payloadLimitBytes = 6 * 1024 * 1024;

export type LambdaOptions = Pick<World, "clock" | "region" | "accountId" | "random" | "log"> & {
  /** URL of the local AWS; read at each invocation. */
  endpoint: () => string;
  /** The way to the local AWS without a connection; a connection is used when absent. */
  exchange?: Exchanger;
  /** Folder that relative paths of source files start from. */
  root: string;
  /** Options for bundling functions; esbuild's own when absent. */
  bundling?: Bundling | undefined;
  /** How long starts take; no time when absent. */
  latency?: Latency;
  /**
   * Whether an instance serves several invocations, one after the other, as on Lambda (the default), or one: Lambda does
   * not guarantee that an instance is kept.
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
  settings(nameOrArn: string): FunctionSettings;
  /** Resolves when the code of every registered function is bundled. @throws Error of esbuild's */
  bundles(): Promise<readonly (Bundle & { functionName: string })[]>;
  /**
   * Runs a function in an instance that no other invocation occupies. A function that fails is a result, too.
   *
   * @throws AwsError ResourceNotFoundException, RequestEntityTooLargeException
   */
  invoke(nameOrArn: string, payload: unknown): Promise<InvocationResult>;
  /** Answers requests to the function's URL. @throws AwsError ResourceNotFoundException */
  functionUrl(name: string): (request: UrlRequest) => Promise<UrlResponse>;
  /** The function that signs with this access key, and its last invocation. Undefined for any other key. */
  callerOf(accessKeyId: string): Caller | undefined;
  /** The same for a request that is not signed, such as one to a route. */
  senderOf(request: HttpRequest): Caller | undefined;
  /**
   * Marks one reply to this caller as deliberately delayed, until the returned function is called: time may pass for the
   * caller. Does nothing for a caller that is no function.
   */
  parkReply(caller: Caller | undefined): () => void;
  /** Crashes the sandbox of an invocation under way. False when there is none of that id. */
  kill(invocationId: string): boolean;
  /** Whether any function is running. */
  isAtWork: () => boolean;
  /** Invocations that have ended, in the order of their ends. */
  readonly invocations: readonly InvocationRecord[];
  /** Calls `listener` with each invocation that ends, until the returned function is called. */
  onInvocation(listener: (record: InvocationRecord) => void): () => void;
  /** Ends every invocation and closes the connections. */
  close(): void;
};

/** Lambda: runs functions in this process, each instance in a sandbox of its own. */
export function createLambda(options: LambdaOptions): LambdaRuntime {
  const { clock, region, random, latency = noLatency } = options;
  const isReused = options.instances !== "fresh";
  const functions = registeredFunctions(options, codeSourceOf(options));
  const wire = sharedWire(wireOf(options));
  const host = { clock, globals: sharedGlobals(clock, random), wire, files: emptyFiles() };
  const instances = functionInstances({ ...options, host });
  const running = new Map<string, Invocation>();
  const invocations: InvocationRecord[] = [];
  const listeners = new Set<(record: InvocationRecord) => void>();
  const unwatch = watchStrayErrors();

  async function invokeText({ settings, bundle }: RegisteredFunction, event: string): Promise<InvocationResult> {
    const { name, memoryMegabytes } = settings;
    const requestId = randomUuid(random);
    const { instance, isWarm } = instances.occupy(settings, requestId);
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
    settings: (nameOrArn) => functions.find(nameOrArn).settings,
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
      const target = functions.find(name);
      const domainPrefix = randomHex(random, 32);
      return async (request) => {
        if (request.body.byteLength > urlRequestLimitBytes) return tooLarge();
        const event = urlEvent(request, { domainPrefix, region, requestId: randomUuid(random), now: clock.now() });
        return urlResponse(await invokeText(target, JSON.stringify(event)));
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
    isAtWork: () => running.size > 0,
    invocations,
    onInvocation(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      for (const invocation of running.values()) invocation.kill();
      instances.close();
      unwatch();
      wire.http.destroy();
      wire.https.destroy();
    },
  };
}

/** Instances that serve one invocation each share nothing with each other. */
function codeSourceOf({ root, bundling, instances }: LambdaOptions): (file: string) => Promise<Bundle> {
  return codeSource({ root, bundling, kind: instances === "fresh" ? "local" : "shared" });
}

function wireOf({ endpoint, exchange }: LambdaOptions): Parameters<typeof sharedWire>[0] {
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
