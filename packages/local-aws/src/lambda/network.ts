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

/** The connections that all instances share. */
export type SharedNetwork = {
  /** Agents for servers of this machine, shared because a connection per instance would take longer than most calls. */
  http: http.Agent;
  https: https.Agent;
  /** The local AWS, when it is in this process. */
  local?: LocalServer;
};

/** A server in this process. Requests to its port need no connection. */
export type LocalServer = { port: () => number; exchange: Exchanger };

export function sharedNetwork(local: LocalServer | undefined): SharedNetwork {
  const agents = { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) };
  return local === undefined ? agents : { ...agents, local };
}

/** Network access of one instance. Each request counts as the instance's work, and ends with the instance. */
export type InstanceNetwork = {
  /** `node:http` and `node:https` for the instance. */
  modules: Replacements;
  fetch: typeof fetch;
  /** Whether a request of `node:http` uses a connection, which cannot be frozen. */
  isConnected: () => boolean;
  /** Aborts all requests without an event in the function, and refuses later ones. */
  discard(): void;
};

/** Header with the instance's access key. Requests to servers other than AWS services are not signed, so it names the caller. */
export const callerHeader = "x-local-aws-caller";

const loopback = new Set(["127.0.0.1", "localhost", "::1", "[::1]"]);

/**
 * @param timers the instance's timers, for the timeouts of its requests
 * @param accessKeyId the instance's access key, which identifies its requests
 */
export function instanceNetwork(
  shared: SharedNetwork,
  work: Work,
  { timers }: InstanceTimers,
  accessKeyId: string,
): InstanceNetwork {
  const requests = new Set<Outgoing>();
  const ended = new AbortController();

  function track(request: Outgoing): void {
    const done = work.open();
    requests.add(request);
    request.once("close", () => {
      requests.delete(request);
      done();
    });
  }

  function localRequest(
    exchange: Exchanger,
    options: RequestOptions,
    onResponse: OnResponse | undefined,
  ): LocalRequest {
    const request = new LocalRequest({ options, exchange, work, timers });
    if (onResponse !== undefined) request.once("response", onResponse);
    return request;
  }

  function withInstanceTimeout(request: http.ClientRequest): http.ClientRequest {
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
      if (ended.signal.aborted) throw new Error("This instance of the function has ended.");
      const { options, onResponse } = normalize(args);
      refuseOutside(options.hostname ?? options.host ?? "localhost");
      const { timeout, ...rest } = options;
      const { local } = shared;
      const outgoing =
        local !== undefined && module === http && Number(options.port) === local.port()
          ? localRequest(local.exchange, rest, onResponse)
          : withInstanceTimeout(module.request({ ...rest, agent }, onResponse));
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
      const response = await fetch(request, { signal: AbortSignal.any([request.signal, ended.signal]) });
      // Reads the body, so that the request counts until its last byte has arrived.
      const body = await response.arrayBuffer();
      return new Response(response.body === null ? null : body, response);
    } finally {
      // In a discarded instance this promise stays pending, so that its code does not continue.
      await work.awake();
      done();
    }
  }

  return {
    modules: { http: () => replace(http, shared.http), https: () => replace(https, shared.https) },
    fetch: countedFetch,
    isConnected: () => [...requests].some((request) => !(request instanceof LocalRequest)),
    discard() {
      // Without a reason, `abort` creates an exception with a stack for each instance.
      ended.abort("ended");
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

/** Functions reach only this machine: without an endpoint, a client must not call the real AWS. */
function refuseOutside(host: string): void {
  if (!loopback.has(host)) throw notInLocalAws(`the host ${host}; functions can reach this machine only`);
}
