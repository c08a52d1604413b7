import * as http from "node:http";
import * as https from "node:https";
import { urlToHttpOptions } from "node:url";
import { notInLocalAws } from "../protocol/errors.ts";
import type { Exchanger } from "../protocol/exchange.ts";
import { derive } from "./derive.ts";
import { LocalRequest } from "./local-request.ts";
import type { Replacements } from "./modules.ts";
import type { InstanceTimers } from "./timers.ts";
import type { Work } from "./work.ts";

type RequestOptions = http.RequestOptions;
type OnResponse = (response: http.IncomingMessage) => void;
type RequestArguments = [target: string | URL | RequestOptions, ...rest: (RequestOptions | OnResponse | undefined)[]];
type Outgoing = http.ClientRequest | LocalRequest;
type Request = (...args: RequestArguments) => Outgoing;

/** The ways out that all instances use. */
export type SharedWire = {
  /** Connections to servers of this machine: one an instance would cost more than most calls. */
  http: http.Agent;
  https: https.Agent;
  /** The way to the local AWS itself, when it is in this process. */
  local?: LocalWire;
};

/** @param port on which the local AWS would answer on loopback */
export type LocalWire = { port: () => number; exchange: Exchanger };

export function sharedWire(local: LocalWire | undefined): SharedWire {
  const agents = { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) };
  return local === undefined ? agents : { ...agents, local };
}

/** The way out of one instance: every request is counted as its work, and ends with it. */
export type InstanceWire = {
  /** `node:http` and `node:https` as the instance requires them. */
  modules: Replacements;
  fetch: typeof fetch;
  /** Whether a request of `node:http` is under way over a connection, which cannot be frozen. */
  isConnected: () => boolean;
  /** Breaks what is under way off, without a word to the function, and lets nothing out any more. */
  discard(): void;
};

/** Tells a server that is no AWS service, where nothing is signed, which function asks: by the instance's access key. */
export const callerHeader = "x-local-aws-caller";

const loopback = new Set(["127.0.0.1", "localhost", "::1", "[::1]"]);

/**
 * @param timers the instance's own, for the time-outs of its requests
 * @param accessKeyId the instance's own, by which its requests are known
 */
export function instanceWire(
  shared: SharedWire,
  work: Work,
  { timers }: InstanceTimers,
  accessKeyId: string,
): InstanceWire {
  const requests = new Set<Outgoing>();
  const gone = new AbortController();

  function track(request: Outgoing): void {
    const done = work.open();
    requests.add(request);
    request.once("close", () => {
      requests.delete(request);
      done();
    });
  }

  function locally(exchange: Exchanger, options: RequestOptions, onResponse: OnResponse | undefined): LocalRequest {
    const request = new LocalRequest({ options, exchange, work, timers });
    if (onResponse !== undefined) request.once("response", onResponse);
    return request;
  }

  function connected(request: http.ClientRequest): http.ClientRequest {
    request.setTimeout = (delayMs, onTimeout) => {
      if (onTimeout !== undefined) request.once("timeout", onTimeout);
      const timeout = timers.setTimeout(() => request.emit("timeout"), delayMs);
      request.once("close", () => timeout.close());
      return request;
    };
    return request;
  }

  function replace(module: typeof http | typeof https, agent: http.Agent): object {
    const request: Request = (...args) => {
      if (gone.signal.aborted) throw new Error("This instance of the function has ended.");
      const { options, onResponse } = normalize(args);
      refuseOutside(options.hostname ?? options.host ?? "localhost");
      const { timeout, ...rest } = options;
      const { local } = shared;
      const outgoing =
        local !== undefined && module === http && Number(options.port) === local.port()
          ? locally(local.exchange, rest, onResponse)
          : connected(module.request({ ...rest, agent }, onResponse));
      outgoing.setHeader(callerHeader, accessKeyId);
      track(outgoing);
      if (timeout !== undefined) outgoing.setTimeout(timeout);
      return outgoing;
    };
    return derive(module, { request, get: (...args: RequestArguments) => request(...args).end() });
  }

  async function countedFetch(input: string | URL | globalThis.Request, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init);
    refuseOutside(new URL(request.url).hostname);
    request.headers.set(callerHeader, accessKeyId);
    const done = work.open();
    try {
      const response = await fetch(request, { signal: AbortSignal.any([request.signal, gone.signal]) });
      // Read here, so that the request counts until its last byte is there.
      const body = await response.arrayBuffer();
      return new Response(response.body === null ? null : body, response);
    } finally {
      // Nothing of a discarded instance goes on: its promises stay as they are.
      await work.awake();
      done();
    }
  }

  return {
    modules: { http: () => replace(http, shared.http), https: () => replace(https, shared.https) },
    fetch: countedFetch,
    isConnected: () => [...requests].some((request) => !(request instanceof LocalRequest)),
    discard() {
      // With a reason given, none is made: an exception with its stack, for each instance.
      gone.abort("ended");
      for (const request of requests) {
        request.removeAllListeners();
        request.on("error", () => undefined);
        request.destroy();
      }
      requests.clear();
    },
  };
}

function normalize([target, ...rest]: RequestArguments): {
  options: RequestOptions;
  onResponse: OnResponse | undefined;
} {
  const onResponse = rest.find((argument) => typeof argument === "function");
  const more = rest.find((argument) => typeof argument === "object");
  const base = typeof target === "string" || target instanceof URL ? urlToHttpOptions(new URL(target)) : target;
  return { options: { ...base, ...more }, onResponse };
}

/** A rehearsal reaches nothing but this machine: a forgotten endpoint must not become a call to the real AWS. */
function refuseOutside(host: string): void {
  if (!loopback.has(host)) throw notInLocalAws(`a way to ${host}: functions reach this machine only`);
}
