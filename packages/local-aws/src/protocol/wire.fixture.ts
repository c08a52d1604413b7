import { onTestFinished } from "vitest";
import { type VirtualClock, virtualClock } from "../clock/virtual-clock.ts";
import type { Exchanging } from "./exchange.ts";
import { type ServerOptions, startServer } from "./server.ts";

export type Wire = {
  endpoint: string;
  clock: VirtualClock;
  exchange: Exchanging;
  /** Options for an SDK client of this server. */
  client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
};

/** A server for one test, closed when the test ends. */
export async function startWire(options: Partial<ServerOptions> = {}, clock = virtualClock()): Promise<Wire> {
  let requests = 0;
  const server = await startServer({
    clock,
    services: [],
    requestId: () => `request-${(requests += 1)}`,
    ...options,
  });
  onTestFinished(() => server.close());
  return {
    endpoint: server.endpoint,
    clock,
    exchange: server.exchange,
    client: {
      endpoint: server.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "AKIATEST", secretAccessKey: "secret" },
    },
  };
}

/** What a call rejects with; fails when it doesn't. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    (value) => {
      throw new Error(`Expected a failure, but was answered ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

/** Headers of a signed request, for requests that no SDK would make. */
export function signed(service: string, target?: string): Record<string, string> {
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=AKIATEST/20260105/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    "content-type": "application/x-amz-json-1.1",
    ...(target === undefined ? {} : { "x-amz-target": target }),
  };
}
