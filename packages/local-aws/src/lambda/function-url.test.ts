import { describe, expect, test } from "vitest";
import { urlEvent, type UrlRequest, urlResponse } from "./function-url.ts";

const context = { domainPrefix: "abc", region: "eu-central-1", requestId: "id", now: Date.UTC(2020, 2, 12, 19, 3, 58) };
const request = (more: Partial<UrlRequest>): UrlRequest => ({
  method: "POST",
  path: "/",
  headers: {},
  body: Buffer.alloc(0),
  ...more,
});

describe("the event of a Function URL", () => {
  test("has payload format 2.0", () => {
    const event = urlEvent(
      request({
        path: "/a%20b?x=1&x=2&y=%C3%A4",
        headers: { "user-agent": "curl", "content-type": "application/json", cookie: "a=1; b=2" },
        body: Buffer.from("{}"),
      }),
      context,
    );
    expect(event).toEqual({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/a b",
      rawQueryString: "x=1&x=2&y=%C3%A4",
      cookies: ["a=1", "b=2"],
      headers: {
        "user-agent": "curl",
        "content-type": "application/json",
        host: "abc.lambda-url.eu-central-1.on.aws",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
      },
      queryStringParameters: { x: "1,2", y: "ä" },
      requestContext: {
        accountId: "anonymous",
        apiId: "abc",
        domainName: "abc.lambda-url.eu-central-1.on.aws",
        domainPrefix: "abc",
        http: { method: "POST", path: "/a b", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "curl" },
        requestId: "id",
        routeKey: "$default",
        stage: "$default",
        time: "12/Mar/2020:19:03:58 +0000",
        timeEpoch: context.now,
      },
      body: "{}",
      isBase64Encoded: false,
    });
  });

  test.each([
    ["application/json", true],
    ["application/json; charset=utf-8", true],
    ["Text/Plain", true],
    ["application/xml", true],
    ["application/x-www-form-urlencoded", false],
    ["application/octet-stream", false],
    [undefined, false],
  ])("carries a body of type %s as text: %s", (type, text) => {
    const headers = type === undefined ? {} : { "content-type": type };
    expect(urlEvent(request({ headers, body: Buffer.from("hé") }), context)).toMatchObject({
      body: text ? "hé" : Buffer.from("hé").toString("base64"),
      isBase64Encoded: !text,
    });
  });

  test.each([
    ["//", "//"],
    ["//example.com/a?x=1", "//example.com/a"],
    ["/acme/shop/", "/acme/shop/"],
    ["/%ff", "/%ff"],
  ])("has the path of %s", (path, rawPath) => {
    expect(urlEvent(request({ path }), context)).toMatchObject({
      rawPath,
      requestContext: { http: { path: rawPath } },
    });
  });

  test("has no body when the request has none", () => {
    expect(urlEvent(request({ method: "GET" }), context)).not.toHaveProperty("body");
  });
});

describe("the answer of a Function URL", () => {
  const json = { "content-type": "application/json" };
  test.each([
    ["a full response", { statusCode: 201, headers: { "X-A": 1 }, body: "made" }, 201, { ...json, "x-a": "1" }, "made"],
    [
      "its own content type",
      { statusCode: 200, headers: { "Content-Type": "text/html" }, body: "<p>" },
      200,
      { "content-type": "text/html" },
      "<p>",
    ],
    ["a body in base64", { statusCode: 200, body: "aGk=", isBase64Encoded: true }, 200, json, "hi"],
    ["cookies", { statusCode: 204, cookies: ["a=1"] }, 204, { ...json, "set-cookie": "a=1" }, ""],
    ["a plain object", { message: "hi" }, 200, json, '{"message":"hi"}'],
    ["a string", "hi", 200, json, "hi"],
    ["null", null, 200, json, "null"],
    ["an invalid status", { statusCode: "abc" }, 502, { "content-type": "text/plain" }, "Internal Server Error"],
    [
      "a body that is not a string",
      { statusCode: 200, body: {} },
      502,
      { "content-type": "text/plain" },
      "Internal Server Error",
    ],
  ])("for %s", (_, payload, status, headers, body) => {
    const response = urlResponse({ ok: true, payload, durationMs: 1 });
    expect({ ...response, body: response.body.toString() }).toEqual({ status, headers, body });
  });

  test("is 502 when the function failed", () => {
    const result = { ok: false, error: { errorType: "Error", errorMessage: "secret" }, durationMs: 1 } as const;
    expect(urlResponse(result)).toMatchObject({ status: 502, body: Buffer.from("Internal Server Error") });
  });
});
