import { AsyncResource } from "node:async_hooks";
import { EventEmitter } from "node:events";
import { STATUS_CODES } from "node:http";
import type { RequestOptions } from "node:http";
import { Readable, Writable } from "node:stream";
import type { Answer } from "../protocol/answer.ts";
import { connectionBroken } from "../protocol/exchange.ts";
import type { Exchange, Exchanger } from "../protocol/exchange.ts";
import type { InstanceTimers } from "./timers.ts";
import type { Work } from "./work.ts";

export type LocalRequestOptions = {
  options: RequestOptions;
  exchange: Exchanger;
  work: Work;
  timers: InstanceTimers["timers"];
};

/**
 * A `ClientRequest` of `node:http` to the local AWS in the same process, with the members that functions and the SDK use. It
 * has no connection and no parser, which would take more time than the calls. Answers are delivered when the instance is not
 * frozen.
 */
export class LocalRequest extends Writable {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly protocol = "http:";
  readonly reusedSocket = false;
  readonly socket: LocalSocket;
  readonly #headers = new Map<string, string>();
  readonly #chunks: Buffer[] = [];
  readonly #exchanger: Exchanger;
  readonly #work: Work;
  #exchange: Exchange | undefined;
  #answered = false;

  constructor({ options, exchange, work, timers }: LocalRequestOptions) {
    super({ autoDestroy: false });
    this.method = options.method ?? "GET";
    this.path = options.path ?? "/";
    this.host = options.hostname ?? options.host ?? "localhost";
    this.#exchanger = exchange;
    this.#work = work;
    this.setHeader("host", `${this.host}:${options.port ?? 80}`);
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      if (value !== undefined) this.setHeader(name, value);
    }
    this.socket = new LocalSocket(this, timers);
    process.nextTick(() => this.emit("socket", this.socket));
    if (options.signal !== undefined) this.#endWith(options.signal);
  }

  setHeader(name: string, value: number | string | readonly string[]): this {
    this.#headers.set(name.toLowerCase(), Array.isArray(value) ? value.join(", ") : String(value));
    return this;
  }
  getHeader(name: string): string | undefined {
    return this.#headers.get(name.toLowerCase());
  }
  removeHeader(name: string): void {
    this.#headers.delete(name.toLowerCase());
  }
  setTimeout(delayMs: number, onTimeout?: () => void): this {
    if (onTimeout !== undefined) this.once("timeout", onTimeout);
    this.socket.setTimeout(delayMs, () => this.emit("timeout"));
    return this;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  override _final(done: () => void): void {
    const exchange = this.#exchanger({
      method: this.method,
      path: this.path,
      headers: Object.fromEntries(this.#headers),
      body: Buffer.concat(this.#chunks),
    });
    this.#exchange = exchange;
    exchange.answer.then(
      (answer) => this.#receive(exchange, () => this.#respond(answer)),
      () => this.#receive(exchange, () => this.destroy()),
    );
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#exchange?.end();
    done(error ?? (this.#answered ? null : connectionBroken()));
  }

  #endWith(signal: AbortSignal): void {
    const abort = (): void => void this.destroy(aborted(signal));
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    this.once("close", () => signal.removeEventListener("abort", abort));
  }

  /** Ends the exchange at once. The instance receives the answer when it is not frozen. */
  #receive(exchange: Exchange, deliver: () => void): void {
    exchange.end();
    // A frozen instance is thawed in the asynchronous context of a later invocation.
    this.#work.deliver(
      AsyncResource.bind(() => {
        if (!this.destroyed) deliver();
      }),
    );
  }

  #respond(answer: Answer): void {
    this.#answered = true;
    const response = new LocalResponse(answer);
    response.once("close", () => this.destroy());
    if (!this.emit("response", response)) response.resume();
  }
}

/** An `IncomingMessage` with the members that exist without a connection. */
class LocalResponse extends Readable {
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly httpVersion = "1.1";
  readonly complete = true;

  constructor({ status, headers, body }: Answer) {
    super({ read() {} });
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    this.statusCode = status;
    this.statusMessage = STATUS_CODES[status] ?? "";
    this.headers = { ...headers, "content-length": String(bytes.byteLength) };
    if (bytes.byteLength > 0) this.push(bytes);
    this.push(null);
  }
}

/** Replaces the socket: always connected, with timeouts on the instance's clock. */
class LocalSocket extends EventEmitter {
  readonly connecting = false;
  readonly #request: LocalRequest;
  readonly #timers: InstanceTimers["timers"];

  constructor(request: LocalRequest, timers: InstanceTimers["timers"]) {
    super();
    this.#request = request;
    this.#timers = timers;
  }
  setTimeout(delayMs: number, onTimeout?: () => void): this {
    if (onTimeout !== undefined) this.once("timeout", onTimeout);
    if (delayMs === 0) return this;
    const timeout = this.#timers.setTimeout(() => this.emit("timeout"), delayMs);
    this.#request.once("close", () => timeout.close());
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  destroy(error?: Error): this {
    this.#request.destroy(error);
    return this;
  }
}

/** Node's error for an aborted request. */
function aborted({ reason }: AbortSignal): Error {
  const error = new Error("The operation was aborted", { cause: reason });
  return Object.assign(error, { name: "AbortError", code: "ABORT_ERR" });
}
