import { invalidParameter } from "./errors.ts";

/** ECR's limits of `maxResults`: 1 to 1000, by default 100. */
export function pageSize(maxResults: number | undefined): number {
  if (maxResults === undefined) return 100;
  if (maxResults < 1 || maxResults > 1000) throw invalidParameter("maxResults", "Member must be between 1 and 1000");
  return maxResults;
}
