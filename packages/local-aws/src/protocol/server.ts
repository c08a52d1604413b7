import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Clock } from "../clock/clock.ts";
import type { Answer } from "./answer.ts";
import { createDispatch, type DispatchOptions } from "./dispatch.ts";
import { bodyLimitBytes, exchanging, type Exchanging, tooLarge } from "./exchange.ts";
import type { HttpRequest } from "./http.ts";

export type ServerOptions = DispatchOptions & {
  clock: Clock;
  /** Only ever a loopback address. */
  host?: "127.0.0.1" | "::1";
  /** 0, the default, takes a free one. */
  port?: number;
};

export type RunningServer = {
  endpoint: string;
  /** The way in for those in this process: the same answers, without a connection. */
  exchange: Exchanging;
  close(): Promise<void>;
};

/**
 * Opens the one port on which the local AWS speaks. The clock is held from the receipt of a request until its answer is
 * handed over, so that time stands still while somebody waits for us; routes hold it themselves (see `Route`).
 *
 * No answer has a `Date` header: one that differed from the caller's clock would make the SDK correct its clock and
 * retry every client error.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const host = options.host ?? "127.0.0.1";
  const exchange = exchanging(options.clock, createDispatch(options));
  const server = createServer((request, response) => {
    void serve(options.clock, exchange, request, response);
  });
  // A connection stays open however long a paced clock stretches the pause between two requests.
  server.keepAliveTimeout = 0;
  await listen(server, host, options.port ?? 0);
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("The server has no port");
  const authority = host === "::1" ? "[::1]" : host;
  return { endpoint: `http://${authority}:${address.port}`, exchange, close: () => close(server) };
}

async function serve(
  clock: Clock,
  exchange: Exchanging,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Until the request is whole.
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
    // The caller is gone, or a fault was asked for: a broken connection either way.
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

/** The whole body; undefined as soon as it is larger than the limit. */
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
