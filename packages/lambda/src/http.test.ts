import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type HttpAnswer, httpFunction, type HttpRequest } from "./http.ts";
import { captureLog, lambdaContext } from "./invocation.fixture.ts";

const event = (change: Partial<APIGatewayProxyEventV2> = {}, method = "POST"): APIGatewayProxyEventV2 => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: "/",
  rawQueryString: "",
  headers: { "x-id": "delivery-1" },
  requestContext: {
    accountId: "anonymous",
    apiId: "abc",
    domainName: "abc.lambda-url.eu-central-1.on.aws",
    domainPrefix: "abc",
    http: { method, path: "/", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "GitHub-Hookshot/1" },
    requestId: "…",
    routeKey: "$default",
    stage: "$default",
    time: "21/Nov/2026:12:00:00 +0000",
    timeEpoch: 1_795_262_400_000,
  },
  isBase64Encoded: false,
  ...change,
});

const options = { maxBodyBytes: 8, reserveMs: 500, logHeaders: ["x-id"] };
const answering = (run: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>) =>
  httpFunction(options, async (request) => run(request));
const text = (body: Uint8Array) => new TextDecoder().decode(body);

let lines: readonly Record<string, unknown>[];
beforeEach(() => {
  lines = captureLog();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("httpFunction", () => {
  test.each([
    ["text", { body: "größe" }],
    ["base64", { body: Buffer.from("größe").toString("base64"), isBase64Encoded: true }],
  ])("passes on the raw bytes of a body sent as %s, and answers JSON", async (_, change) => {
    const handler = answering(({ body, headers }) => ({ status: 202, body: { got: text(body), id: headers["x-id"] } }));
    expect(await handler(event(change), lambdaContext())).toEqual({
      statusCode: 202,
      headers: { "content-type": "application/json" },
      body: '{"got":"größe","id":"delivery-1"}',
    });
  });

  test.each<[string, Partial<APIGatewayProxyEventV2>, number]>([
    ["no body", {}, 200],
    ["exactly the allowed bytes", { body: "ääää" }, 200],
    ["one byte more", { body: "ääääa" }, 413],
    ["one byte more, in base64", { body: Buffer.from("123456789").toString("base64"), isBase64Encoded: true }, 413],
    [
      "exactly the allowed bytes, in base64",
      { body: Buffer.from("12345678").toString("base64"), isBase64Encoded: true },
      200,
    ],
  ])("answers a body of %s with the right status", async (_, change, status) => {
    const handler = answering(() => ({ status: 200, body: {} }));
    expect(await handler(event(change), lambdaContext())).toMatchObject({ statusCode: status });
  });

  test("answers POST only", async () => {
    const handler = answering(() => ({ status: 200, body: {} }));
    expect(await handler(event({}, "GET"), lambdaContext())).toMatchObject({ statusCode: 405 });
  });

  test("answers 500 when the work fails, with the request id and without the error", async () => {
    const handler = answering(() => Promise.reject(new Error("table lockmaster-ledger is gone")));
    const answer = await handler(event(), lambdaContext());
    expect(answer).toMatchObject({ statusCode: 500, body: expect.stringContaining("request-1") });
    expect(answer.body).not.toContain("ledger");
    expect(lines).toEqual([
      expect.objectContaining({
        level: "ERROR",
        "x-id": "delivery-1",
        error: expect.objectContaining({ message: "table lockmaster-ledger is gone" }),
      }),
    ]);
  });

  test("answers 503 before Lambda would end the invocation, even when the work never ends", async () => {
    vi.useFakeTimers();
    const answer = answering(() => new Promise(() => {}))(event(), lambdaContext({ remainingMs: 9_000 }));
    await vi.advanceTimersByTimeAsync(8_500);
    expect(await answer).toMatchObject({ statusCode: 503 });
  });

  test("leaves no timer behind", async () => {
    vi.useFakeTimers();
    await answering(() => ({ status: 200, body: {} }))(event(), lambdaContext());
    expect(vi.getTimerCount()).toBe(0);
  });

  test("logs each request in one line, with the configured headers", async () => {
    await answering(() => ({ status: 200, body: { reason: "none" } }))(event(), lambdaContext());
    expect(lines).toEqual([
      expect.objectContaining({ level: "INFO", "x-id": "delivery-1", status: 200, body: { reason: "none" } }),
    ]);
  });

  test("shows what a request contains without what a terminal interprets, and not more than it needs", async () => {
    const hostile = `${"\\".repeat(4_000_000)}\u001B[2J`;
    const answer = await answering(() => ({ status: 200, body: { reason: `\u009B2J\u202E${hostile}` } }))(
      event({ headers: { "x-id": `\u009B2J${hostile}` } }),
      lambdaContext(),
    );

    expect(answer.body).toContain(JSON.stringify(String.raw`\u009b2J\u202e`).slice(1, -1));
    expect(answer.body?.length).toBeLessThan(30_000);
    expect(lines).toEqual([expect.objectContaining({ "x-id": expect.stringMatching(/^\\u009b2J.* \(4000007 char/) })]);
    expect(JSON.stringify(lines).length).toBeLessThan(70_000);
  });

  test("has no header that the request does not have", async () => {
    const handler = httpFunction({ ...options, logHeaders: ["constructor"] }, () =>
      Promise.resolve({ status: 200, body: {} }),
    );
    await handler(event(), lambdaContext());
    expect(lines.map((line) => Object.hasOwn(line, "constructor"))).toEqual([false]);
  });
});
