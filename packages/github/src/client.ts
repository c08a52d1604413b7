import { request } from "@octokit/request";

/** One question to GitHub: all of its requests share one limit of time. */
export type GitHubClient = typeof request;

/** Milliseconds: of one request with its answer, and of all that a client makes, from the first one on. */
export type TimeLimits = { request: number; total: number };

const defaultLimits: TimeLimits = { request: 5_000, total: 8_000 };

/**
 * Makes a client for one question, which gives up in time for whoever asks to go on without the answer.
 *
 * @param baseUrl `https://api.github.com`, or `https://<host>/api/v3` of a GitHub Enterprise Server
 */
export function githubClient(baseUrl: string, limits: TimeLimits = defaultLimits): GitHubClient {
  return request.defaults({
    baseUrl: baseUrl.replace(/\/+$/, ""),
    headers: {
      accept: "application/vnd.github+json",
      "user-agent": "lockmaster",
      // Supported until 2028 at least, and by every GitHub Enterprise Server that is.
      "x-github-api-version": "2022-11-28",
    },
    request: { fetch: boundedFetch(limits) },
  });
}

/** A fetch that is cut off, its answer's body included. */
function boundedFetch(limits: TimeLimits): typeof fetch {
  let end: number | undefined;
  return async (input, init) => {
    end ??= Date.now() + limits.total;
    const controller = new AbortController();
    const patience = Math.min(limits.request, Math.max(0, end - Date.now()));
    // Cancelled as soon as the answer is there, as AbortSignal.timeout cannot be: a function's leftover timers are work.
    const timer = setTimeout(
      () => controller.abort(new DOMException("GitHub did not answer in time", "TimeoutError")),
      patience,
    );
    try {
      const response = await fetch(input, { ...init, signal: controller.signal });
      const body = await response.arrayBuffer();
      return new Response(body.byteLength === 0 ? null : body, response);
    } finally {
      clearTimeout(timer);
    }
  };
}
