import * as v from "valibot";
import { AwsError } from "../protocol/errors.ts";
import type { InvocationResult } from "../world/world.ts";

/** A complete request to a Function URL. Header names are in lower case; repeated headers are joined by commas. */
export type UrlRequest = {
  method: string;
  /** Path and query. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
};

export type UrlResponse = { status: number; headers: Record<string, string>; body: Buffer };

/** The values of an event that do not come from the request. */
export type UrlContext = { domainPrefix: string; region: string; requestId: string; now: number };

/** Maximum request body of a Function URL (docs: Lambda quotas, synchronous invocation payload). */
export const urlRequestLimitBytes = 6 * 1024 * 1024;

/**
 * The event that a Function URL sends to its function: payload format 2.0
 * (docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html).
 */
export function urlEvent(request: UrlRequest, { domainPrefix, region, requestId, now }: UrlContext): object {
  // Not as relative to a URL: the path of one begins with two slashes where the client's does.
  const { pathname, search, searchParams } = new URL(`https://localhost${request.path}`);
  const path = decoded(pathname);
  const { cookie, ...headers } = request.headers;
  const isText = isTextual(headers);
  const domainName = `${domainPrefix}.lambda-url.${region}.on.aws`;
  const query = queryParameters(searchParams);
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: search.slice(1),
    ...(cookie !== undefined && { cookies: cookie.split(/; */) }),
    headers: {
      ...headers,
      host: domainName,
      "x-forwarded-proto": "https",
      "x-forwarded-port": "443",
      "x-forwarded-for": "127.0.0.1",
    },
    ...(query !== undefined && { queryStringParameters: query }),
    requestContext: {
      accountId: "anonymous",
      apiId: domainPrefix,
      domainName,
      domainPrefix,
      http: {
        method: request.method,
        path,
        protocol: "HTTP/1.1",
        sourceIp: "127.0.0.1",
        userAgent: headers["user-agent"],
      },
      requestId,
      routeKey: "$default",
      stage: "$default",
      time: commonLogTime(new Date(now)),
      timeEpoch: now,
    },
    ...(request.body.byteLength > 0 && { body: request.body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: request.body.byteLength > 0 && !isText,
  };
}

/** A path whose escapes are no text stays as it came. */
function decoded(pathname: string): string {
  try {
    return decodeURI(pathname);
  } catch (error) {
    if (error instanceof URIError) return pathname;
    throw error;
  }
}

const Scalar = v.union([v.string(), v.number(), v.boolean()]);
const FormattedResponse = v.object({
  statusCode: v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.toNumber())]),
    v.integer(),
    v.minValue(100),
    v.maxValue(599),
  ),
  headers: v.optional(v.record(v.string(), Scalar), {}),
  body: v.optional(v.string(), ""),
  isBase64Encoded: v.optional(v.boolean(), false),
  cookies: v.optional(v.array(v.string()), []),
});

/** The response of a Function URL for the function's result: 502 when the function failed or its answer is invalid. */
export function urlResponse(result: InvocationResult): UrlResponse {
  if (!result.ok) return plain(502, "Internal Server Error");
  const { payload } = result;
  if (typeof payload !== "object" || payload === null || !("statusCode" in payload)) {
    return json(200, typeof payload === "string" ? payload : JSON.stringify(payload));
  }
  const parsed = v.safeParse(FormattedResponse, payload);
  if (!parsed.success) return plain(502, "Internal Server Error");
  const { statusCode, headers, body, isBase64Encoded, cookies } = parsed.output;
  const lowered = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  return {
    status: statusCode,
    headers: {
      "content-type": "application/json",
      ...lowered,
      ...(cookies.length > 0 && { "set-cookie": cookies.join(", ") }),
    },
    body: Buffer.from(body, isBase64Encoded ? "base64" : "utf8"),
  };
}

/** The response to a request over Lambda's limit. The function is not invoked. */
export function tooLarge(): UrlResponse {
  return json(413, JSON.stringify({ Message: "Request Too Long" }));
}

/** The response to a request to a Function URL that does not exist. */
export function forbidden(): UrlResponse {
  return json(403, JSON.stringify({ Message: "Forbidden" }));
}

/** The error of operations on the URL of a function that has none. */
export function noFunctionUrl(): AwsError {
  return new AwsError("ResourceNotFoundException", "The resource you requested does not exist.", 404, { Type: "User" });
}

/** Lambda passes a body as text when its content type is textual and it is not compressed, otherwise in base64. */
function isTextual(headers: Readonly<Record<string, string>>): boolean {
  const type = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const textual =
    type.startsWith("text/") || /^application\/(?:json|javascript|xml)$/.test(type) || /\+(?:json|xml)$/.test(type);
  return textual && headers["content-encoding"] === undefined;
}

function queryParameters(search: URLSearchParams): Record<string, string> | undefined {
  const names = [...new Set(search.keys())];
  if (names.length === 0) return undefined;
  return Object.fromEntries(names.map((name) => [name, search.getAll(name).join(",")]));
}

/** As in `12/Mar/2020:19:03:58 +0000`. */
function commonLogTime(at: Date): string {
  const [, day, month, year, time] = at.toUTCString().split(" ");
  return `${day}/${month}/${year}:${time} +0000`;
}

function json(status: number, body: string): UrlResponse {
  return { status, headers: { "content-type": "application/json" }, body: Buffer.from(body) };
}

function plain(status: number, body: string): UrlResponse {
  return { status, headers: { "content-type": "text/plain" }, body: Buffer.from(body) };
}
