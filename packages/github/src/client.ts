import * as v from "valibot";

/** A request to GitHub's REST API, made by whom the token says. */
export type GitHubRequest = {
  method: "GET" | "POST";
  path: string;
  token: string;
  body?: unknown;
  /** Is given the headers of an answer that fulfils the request. */
  readHeaders?: (headers: Headers) => void;
};

/**
 * Asks GitHub, and answers the fields of its answer that the schema names.
 *
 * @throws GitHubRefusal when GitHub answers with an error, or with something else than it documents
 * @throws Error when it does not answer, or not in time (`TimeoutError`)
 */
export type GitHubClient = <Schema extends v.GenericSchema>(
  request: GitHubRequest,
  schema: Schema,
) => Promise<v.InferOutput<Schema>>;

/** Milliseconds: of one request with its answer, and of all that a client makes, from the first one on. */
export type TimeLimits = { request: number; total: number };

const defaultLimits: TimeLimits = { request: 5_000, total: 8_000 };

/** GitHub's answer to a request that it did not fulfil. */
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
 * Makes a client for one question, which gives up in time for whoever asks to go on without the answer.
 *
 * @param baseUrl `https://api.github.com`, or `https://<host>/api/v3` of a GitHub Enterprise Server
 */
export function githubClient(baseUrl: string, limits: TimeLimits = defaultLimits): GitHubClient {
  const base = baseUrl.replace(/\/+$/, "");
  const limitedFetch = fetchWithin(limits);
  return async ({ method, path, token, body, readHeaders }, schema) => {
    const response = await limitedFetch(`${base}${path}`, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "user-agent": "lockmaster",
        // Supported until 2028 at least, and by every GitHub Enterprise Server that is.
        "x-github-api-version": "2022-11-28",
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = parseExactly(await response.text());
    if (!response.ok) throw new GitHubRefusal(messageIn(answer), response);
    readHeaders?.(response.headers);
    const parsed = v.safeParse(schema, answer);
    if (parsed.success) return parsed.output;
    throw new GitHubRefusal(`an answer to ${method} ${path} that is not as GitHub documents it`, response);
  };
}

/** Integers that a number cannot hold become text: GitHub's ids have 64 bits. What is no JSON is undefined. */
function parseExactly(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
      Number.isInteger(value) && !Number.isSafeInteger(value) ? context?.source : value,
    );
  } catch {
    return undefined;
  }
}

const Refusal = v.fallback(v.object({ message: v.string() }), { message: "it did not say why" });
const messageIn = (answer: unknown): string => v.parse(Refusal, answer).message;

/** A fetch that is cut off, its answer's body included. */
function fetchWithin(limits: TimeLimits): (url: string, init: RequestInit) => Promise<Response> {
  let end: number | undefined;
  return async (url, init) => {
    end ??= Date.now() + limits.total;
    const controller = new AbortController();
    const patience = Math.min(limits.request, Math.max(0, end - Date.now()));
    const giveUp = () => controller.abort(new DOMException("GitHub did not answer in time", "TimeoutError"));
    // Cancelled as soon as the answer is there, as AbortSignal.timeout cannot be: a function's leftover timers are work.
    const timer = setTimeout(giveUp, patience);
    try {
      const response = await fetch(url, { ...init, signal: controller.signal });
      const body = await response.arrayBuffer();
      return new Response(body.byteLength === 0 ? null : body, response);
    } finally {
      clearTimeout(timer);
    }
  };
}
