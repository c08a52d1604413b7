import { AwsError } from "../../protocol/errors.ts";
import { validationError } from "./errors.ts";

const MOST_RESULTS = 1000;
const DEFAULT_RESULTS = 100;

export type PageRequest = { maxResults?: number | undefined; nextToken?: string | undefined };
export type Page<T> = { items: readonly T[]; nextToken: string | undefined };

/** One page of a list, with the token of the next one. The token says where the page begins. */
export function pageOf<T>(all: readonly T[], { maxResults, nextToken }: PageRequest): Page<T> {
  if (maxResults !== undefined && (maxResults < 0 || maxResults > MOST_RESULTS))
    throw validationError(
      "maxResults",
      String(maxResults),
      maxResults < 0
        ? "Member must have value greater than or equal to 0"
        : `Member must have value less than or equal to ${MOST_RESULTS}`,
    );
  const start = nextToken === undefined ? 0 : decode(nextToken);
  const end = start + (maxResults || DEFAULT_RESULTS);
  return {
    items: all.slice(start, end),
    nextToken: end < all.length ? Buffer.from(`from:${end}`).toString("base64") : undefined,
  };
}

function decode(token: string): number {
  const start = /^from:(\d+)$/.exec(Buffer.from(token, "base64").toString("utf8"))?.[1];
  if (start === undefined) throw new AwsError("InvalidToken", "Invalid Token: 'Invalid token'");
  return Number(start);
}
