import { AwsError } from "../../../protocol/errors.ts";
import { paginate, type Page } from "../../../protocol/pagination.ts";
import { validationError } from "../language/errors.ts";

const MAX_RESULTS = 1000;
const DEFAULT_RESULTS = 100;

export type PageRequest = { maxResults?: number; nextToken?: string };

/** One page of a list: 100 entries, or the requested number up to 1000; 0 means the default. */
export function sfnPage<T>(all: readonly T[], { maxResults, nextToken }: PageRequest): Page<T> {
  if (maxResults !== undefined && (maxResults < 0 || maxResults > MAX_RESULTS))
    throw validationError(
      "maxResults",
      String(maxResults),
      maxResults < 0
        ? "Member must have value greater than or equal to 0"
        : `Member must have value less than or equal to ${MAX_RESULTS}`,
    );
  const invalidToken = new AwsError("InvalidToken", "Invalid Token: 'Invalid token'");
  return paginate(all, { size: maxResults || DEFAULT_RESULTS, nextToken, invalidToken });
}
