import { RetryableError } from "@lockmaster/core/lib/errors.ts";
import * as v from "valibot";

/** A request to GitHub's REST API. */
export type GitHubRequest = {
  method: "GET" | "POST";
  path: string;
  token: string;
  body?: unknown;
  /** Called with the headers of a successful answer. */
  readHeaders?: (headers: Headers) => void;
  /** Called with the address that answered: another one when GitHub has redirected the request. */
  readAddress?: (url: string) => void;
};

/**
 * Sends a request to GitHub, and returns the fields of the answer that the schema names.
 *
 * @throws GitHubRefusal when GitHub answers with an error
 * @throws RetryableError GITHUB_UNAVAILABLE when GitHub does not answer, not in time, or with what cannot be read: a proxy's page,
 * or half an answer
 */
export type GitHubClient = <Schema extends v.GenericSchema>(
  request: GitHubRequest,
  schema: Schema,
) => Promise<v.InferOutput<Schema>>;

/** Milliseconds: of one request with its answer, and of all requests of a client, counted from the first one. */
export type TimeLimits = { request: number; total: number };

const defaultLimits: TimeLimits = { request: 5_000, total: 8_000 };

/** An error that GitHub answered: a status of 400 or more. */
export class GitHubRefusal extends Error {
  override readonly name = "GitHubRefusal";
  readonly status: number;
  readonly headers: Headers;

  constructor(message: string, { status, headers }: Response) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/**
 * Makes a client for one invocation, whose time limits let the caller go on without GitHub's answer.
 *
 * @param baseUrl `https://api.github.com`, or `https://<host>/api/v3` of a GitHub Enterprise Server
 */
export function githubClient(baseUrl: string, limits: TimeLimits = defaultLimits): GitHubClient {
  const base = baseUrl.replace(/\/+$/, "");
  const limitedFetch = fetchWithin(limits);
  return async ({ method, path, token, body, readHeaders, readAddress }, schema) => {
    const { response, url } = await limitedFetch(`${base}${path}`, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "user-agent": "lockmaster",
        // GitHub supports it until 2028 at least, and so does every supported GitHub Enterprise Server.
        "x-github-api-version": "2022-11-28",
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = parseExactly(await response.text());
    if (!response.ok) throw new GitHubRefusal(messageIn(answer), response);
    readHeaders?.(response.headers);
    readAddress?.(url);
    const parsed = v.safeParse(schema, answer);
    if (parsed.success) return parsed.output;
    throw unavailable(`GitHub's answer to ${method} ${path}, with status ${response.status}, is not as documented`);
  };
}

const unavailable = (message: string, cause?: unknown): RetryableError =>
  new RetryableError(message, { code: "GITHUB_UNAVAILABLE", cause });

/** Integers that a number cannot hold become text: GitHub's ids have 64 bits. Text that is not JSON is undefined. */
function parseExactly(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
      Number.isInteger(value) && !Number.isSafeInteger(value) ? context?.source : value,
    );
  } catch {
    return undefined;
  }
}

const Refusal = v.fallback(v.object({ message: v.string() }), { message: "GitHub gave no reason" });
const messageIn = (answer: unknown): string => v.parse(Refusal, answer).message;

/** A fetch with a time limit, which covers the body of the answer too. */
function fetchWithin(
  limits: TimeLimits,
): (url: string, init: RequestInit) => Promise<{ response: Response; url: string }> {
  let end: number | undefined;
  return async (url, init) => {
    end ??= Date.now() + limits.total;
    const controller = new AbortController();
    const timeoutMs = Math.min(limits.request, Math.max(0, end - Date.now()));
    const abort = () => controller.abort();
    // Unlike AbortSignal.timeout, it can be cleared: a function's leftover timers would run in its next invocation.
    const timer = setTimeout(abort, timeoutMs);
    try {
      const response = await fetch(url, { ...init, signal: controller.signal });
      const body = await response.arrayBuffer();
      return { response: new Response(body.byteLength === 0 ? null : body, response), url: response.url };
    } catch (error) {
      if (controller.signal.aborted) throw unavailable("GitHub did not answer in time", error);
      throw unavailable(
        `the request to GitHub failed: ${error instanceof Error ? error.message : String(error)}`,
        error,
      );
    } finally {
      clearTimeout(timer);
    }
  };
}
