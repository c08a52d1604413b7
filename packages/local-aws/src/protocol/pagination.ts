import type { AwsError } from "./errors.ts";

/** One page of a list. `nextToken` is absent on the last page. */
export type Page<T> = { items: readonly T[]; nextToken?: string };

/**
 * Returns one page of a list. As at AWS, items that are added or removed between two calls may be missed or repeated.
 *
 * @param request.size maximum number of items on a page
 * @param request.nextToken the `nextToken` of an earlier page
 * @param request.invalidToken the service's error for a token that it never returned
 */
export function paginate<T>(
  items: readonly T[],
  request: { size: number; nextToken: string | undefined; invalidToken: AwsError },
): Page<T> {
  const from = request.nextToken === undefined ? 0 : offsetOf(request.nextToken);
  if (from === undefined || from > items.length) throw request.invalidToken;
  const to = from + request.size;
  return { items: items.slice(from, to), ...(to < items.length && { nextToken: tokenOf(to) }) };
}

// Opaque, so that callers do not compute tokens.
function tokenOf(offset: number): string {
  return Buffer.from(`offset=${offset}`).toString("base64url");
}

function offsetOf(token: string): number | undefined {
  const match = /^offset=(\d+)$/.exec(Buffer.from(token, "base64url").toString());
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
