import { AwsError } from "../../../protocol/errors.ts";
import { paginate, type Page } from "../../../protocol/pagination.ts";

const DEFAULT_RESULTS = 100;

export type PageRequest = { maxResults?: number; nextToken?: string };

/** One page of a list: 100 entries, or the requested number; 0 means the default. */
export function sfnPage<T>(all: readonly T[], { maxResults, nextToken }: PageRequest): Page<T> {
  const invalidToken = new AwsError("InvalidToken", "Invalid Token: 'Invalid token'");
  return paginate(all, { size: maxResults || DEFAULT_RESULTS, nextToken, invalidToken });
}
