import { onTestFinished } from "vitest";
import { type VirtualClock, virtualClock } from "../clock/virtual-clock.ts";
import type { Exchanger } from "./exchange.ts";
import { type ServerOptions, startServer } from "./server.ts";
import type { LocalService, Operation } from "./service.ts";

export type Wire = {
  endpoint: string;
  clock: VirtualClock;
  exchange: Exchanger;
  /** Options for an SDK client of this server. */
  client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
};

export type WireOptions = Partial<Omit<ServerOptions, "clock" | "home" | "services">> & {
  services?: readonly LocalService[];
};

/** A server for one test, closed when the test ends. */
export async function startWire(
  { services = [], ...options }: WireOptions = {},
  clock = virtualClock(),
): Promise<Wire> {
  let requests = 0;
  const server = await startServer({
    clock,
    home: { region: "us-east-1", accountId: "111122223333" },
    services: () => services,
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

/** An operation of a service, for tests without a server. */
export function operationOf({ name, api }: LocalService, operation: string): Operation {
  const found = api === undefined || "perform" in api ? undefined : api.operations[operation];
  if (found === undefined) throw new Error(`The service ${name} does not have the operation ${operation}.`);
  return found;
}

/** Returns the error of a call. Throws when the call succeeds. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    (value) => {
      throw new Error(`Expected an error but got the answer ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

/** Headers of a signed request, for requests that an SDK does not send. */
export function signed(service: string, target?: string): Record<string, string> {
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=AKIATEST/20260105/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    "content-type": "application/x-amz-json-1.1",
    ...(target === undefined ? {} : { "x-amz-target": target }),
  };
}
