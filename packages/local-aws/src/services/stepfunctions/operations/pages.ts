import { AwsError } from "../../../protocol/errors.ts";
import { paginate, type Page } from "../../pagination.ts";
import { validationError } from "../language/errors.ts";

const MOST_RESULTS = 1000;
const DEFAULT_RESULTS = 100;

export type PageRequest = { maxResults?: number; nextToken?: string };

/** One page as Step Functions' listings are cut: 100 entries, or as asked for up to 1000; 0 means the default. */
export function pageOf<T>(all: readonly T[], { maxResults, nextToken }: PageRequest): Page<T> {
  if (maxResults !== undefined && (maxResults < 0 || maxResults > MOST_RESULTS))
    throw validationError(
      "maxResults",
      String(maxResults),
      maxResults < 0
        ? "Member must have value greater than or equal to 0"
        : `Member must have value less than or equal to ${MOST_RESULTS}`,
    );
  const invalidToken = new AwsError("InvalidToken", "Invalid Token: 'Invalid token'");
  return paginate(all, { size: maxResults || DEFAULT_RESULTS, nextToken, invalidToken });
}
