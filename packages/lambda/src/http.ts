import type { Logger } from "@aws-lambda-powertools/logger";
import middify from "@middy/core";
import type { MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { printable } from "@lockmaster/core/lib/printable.ts";
import { createLogger } from "./log.ts";

/** A request to a Function URL; header names in lower case. */
export type HttpRequest = {
  /** Decoded, without the query. */
  path: string;
  headers: Readonly<Record<string, string | undefined>>;
  /** The raw bytes. */
  body: Uint8Array;
  receivedAt: Date;
};

/** HTTP status and JSON body. */
export type HttpAnswer = { status: number; body: Readonly<Record<string, unknown>> };

export type HttpOptions = {
  /** A longer body gets 413, unread. */
  maxBodyBytes: number;
  /** The answer is 503 this long before Lambda would end the invocation. */
  reserveMs: number;
  /** Headers that every log line contains, by their name in lower case. */
  logHeaders: readonly string[];
  /** Called with these headers for each request that could not be processed: answered with 413, or 500 and above. */
  unprocessed?: (headers: Readonly<Record<string, string>>) => void;
};

export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * Makes a Lambda handler for a Function URL (payload format 2.0) that accepts POST and always answers JSON. An error of
 * `run` becomes 500, so that the caller retries; the log has the error, the answer only the request id to find it by.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export function httpFunction(
  { maxBodyBytes, reserveMs, logHeaders, unprocessed }: HttpOptions,
  run: (request: HttpRequest) => Promise<HttpAnswer>,
): HttpHandler {
  const logger = createLogger();
  const handle = async (event: APIGatewayProxyEventV2, context: Context): Promise<HttpAnswer> => {
    if (event.requestContext.http.method !== "POST") return { status: 405, body: { error: "the method must be POST" } };
    const body = readBody(event, maxBodyBytes);
    if (body === undefined) return { status: 413, body: { error: `the body is larger than ${maxBodyBytes} bytes` } };
    const remainingMs = context.getRemainingTimeInMillis() - reserveMs;
    return withinTime(
      run({ path: event.rawPath ?? "/", headers: event.headers, body, receivedAt: new Date() }),
      remainingMs,
    );
  };
  const handler = middify<APIGatewayProxyEventV2, HttpAnswer>(handle, { timeoutEarlyInMillis: 0 }).use(
    answering(logger, logHeaders, unprocessed),
  );
  return async (event, context) => {
    const { status, body } = await handler(event, context);
    return { statusCode: status, headers: { "content-type": "application/json" }, body: jsonOf(body) };
  };
}

/** Enough for the id of a delivery and the name of an event. */
const longestHeader = 100;

/** A header as a log line shows it: GitHub did not necessarily send it. */
function headerIn({ headers }: APIGatewayProxyEventV2, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return value === undefined ? undefined : printable(value, longestHeader);
}

/** Lambda answers 502 in place of more than 6 MB, and an answer may quote the request. */
const longestText = 12_000;

const jsonOf = (body: HttpAnswer["body"]): string =>
  JSON.stringify(body, (_, value: unknown) => (typeof value === "string" ? printable(value, longestText) : value));

/** The raw bytes of a request; undefined when there are more than `maxBytes`. */
function readBody({ body = "", isBase64Encoded }: APIGatewayProxyEventV2, maxBytes: number): Uint8Array | undefined {
  const encoding = isBase64Encoded ? "base64" : "utf8";
  return Buffer.byteLength(body, encoding) > maxBytes ? undefined : Buffer.from(body, encoding);
}

/** The answer of `work`, or 503 when it takes longer than allowed. `work` is not interrupted and may still finish. */
async function withinTime(work: Promise<HttpAnswer>, allowedMs: number): Promise<HttpAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<HttpAnswer>((resolve) => {
    timer = setTimeout(() => {
      resolve({ status: 503, body: { error: "the request timed out; send it again" } });
    }, allowedMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Logs one line for each request, and answers an error with 500. */
function answering(
  logger: Logger,
  logHeaders: readonly string[],
  unprocessed: HttpOptions["unprocessed"],
): MiddlewareObj<APIGatewayProxyEventV2, HttpAnswer> {
  const shown = (event: APIGatewayProxyEventV2): Record<string, string> =>
    Object.fromEntries(
      logHeaders.flatMap((name) => {
        const value = headerIn(event, name);
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
  return {
    before: ({ event, context }) => {
      logger.resetKeys();
      logger.addContext(context);
      logger.appendKeys(shown(event));
    },
    after: ({ event, response }) => {
      if (response == null || !isUnprocessed(response)) {
        logger.info("Answered", { ...response });
        return;
      }
      logger.error("Not processed", { ...response });
      unprocessed?.(shown(event));
    },
    onError: (request) => {
      logger.error("Not processed", request.error ?? "unknown error");
      unprocessed?.(shown(request.event));
      const error = `the request failed; send it again. The function's log has the reason under ${request.context.awsRequestId}`;
      request.response = { status: 500, body: { error } };
    },
  };
}

const isUnprocessed = ({ status }: HttpAnswer): boolean => status === 413 || status >= 500;
