import { buildQueryString, HttpResponse } from "@smithy/core/protocols";
import type { HttpRequest, RequestHandler } from "@smithy/types";
import { connectionBroken, type Exchanger } from "./exchange.ts";

/** The request handler of an SDK client. */
export type LocalHandler = RequestHandler<HttpRequest, HttpResponse> & {
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): object;
};

/** Sends the requests of an SDK client in this process to the local AWS, without a connection. */
export function localHandler(exchanger: Exchanger): LocalHandler {
  return {
    metadata: { handlerProtocol: "http/1.1" },
    async handle(request) {
      const exchange = exchanger({
        method: request.method,
        path: pathOf(request),
        headers: Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
        ),
        body: bytesOf(request.body),
      });
      try {
        const { status, headers, body } = await exchange.answer;
        const bytes = typeof body === "string" ? Buffer.from(body) : body;
        return { response: new HttpResponse({ statusCode: status, headers: { ...headers }, body: bytes }) };
      } catch {
        throw Object.assign(connectionBroken(), { name: "TimeoutError" });
      } finally {
        exchange.end();
      }
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => undefined,
  };
}

function pathOf({ path, query }: HttpRequest): string {
  const text = query === undefined ? "" : buildQueryString(query);
  return text === "" ? path : `${path}?${text}`;
}

function bytesOf(body: unknown): Buffer {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === "string") return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  throw new TypeError("A request with a stream as body requires a connection");
}
