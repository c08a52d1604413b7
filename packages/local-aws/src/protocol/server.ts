import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Clock } from "../clock/clock.ts";
import type { Answer } from "./answer.ts";
import { createDispatch, type DispatchOptions } from "./dispatch.ts";
import { bodyLimitBytes, createExchanger, type Exchanger, tooLarge } from "./exchange.ts";
import type { HttpRequest } from "./http.ts";

export type ServerOptions = DispatchOptions & {
  clock: Clock;
  /** A loopback address. */
  host?: "127.0.0.1" | "::1";
  /** By default 0: a free port. */
  port?: number;
};

export type RunningServer = {
  endpoint: string;
  /** Answers requests from this process, without a connection. */
  exchange: Exchanger;
  close(): Promise<void>;
};

/**
 * Opens the port of the local AWS. The clock is held from the beginning of a request until its answer is sent, so that time
 * stands still while a caller waits. Routes hold the clock themselves (see `Route`).
 *
 * Answers have no `Date` header: a date that differs from the caller's clock makes the SDK correct its clock and retry every
 * client error.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const host = options.host ?? "127.0.0.1";
  const exchange = createExchanger(options.clock, createDispatch(options));
  const server = createServer((request, response) => {
    void serve(options.clock, exchange, request, response);
  });
  // No timeout: a paced clock can stretch the pause between two requests on a connection.
  server.keepAliveTimeout = 0;
  await listen(server, host, options.port ?? 0);
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("The server has no port");
  const authority = host === "::1" ? "[::1]" : host;
  return { endpoint: `http://${authority}:${address.port}`, exchange, close: () => close(server) };
}

async function serve(
  clock: Clock,
  exchange: Exchanger,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Held until the request is complete; then the exchange holds the clock.
  let end = clock.hold();
  response.sendDate = false;
  response.once("close", () => end());
  try {
    const body = await readBody(request);
    if (body === undefined) return send(response, tooLarge());
    const release = end;
    const exchanged = exchange(httpRequest(request, body));
    end = () => exchanged.end();
    release();
    if (response.destroyed) end();
    send(response, await exchanged.answer);
  } catch {
    // The caller has closed the connection, or a fault breaks it.
    response.destroy();
  }
}

function httpRequest(request: IncomingMessage, body: Buffer): HttpRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(",") : value;
  }
  return { method: request.method ?? "GET", path: request.url ?? "/", headers, body };
}

/** Reads the body; undefined as soon as it is larger than the limit. */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on("data", (chunk: Buffer) => {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > bodyLimitBytes) resolve(undefined);
      else chunks.push(chunk);
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", reject);
  });
}

function send(response: ServerResponse, answer: Answer): void {
  const body = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
  response.writeHead(answer.status, { ...answer.headers, "content-length": body.byteLength });
  response.end(body);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
