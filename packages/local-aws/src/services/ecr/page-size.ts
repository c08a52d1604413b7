/** The number of results on a page, by default 100. */
export function pageSize(maxResults = 100): number {
  return maxResults;
}
