import type { Answer } from "./answer.ts";

/** One HTTP request, received completely. Header names are in lower case. */
export type HttpRequest = {
  method: string;
  /** Path and query, as on the request line. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
};

/** Answers the requests below a path prefix. The clock is not held for a route: the route must hold it while it computes. */
export type Route = (request: HttpRequest) => Promise<Answer>;
