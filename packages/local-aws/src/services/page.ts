import type { AwsError } from "../protocol/errors.ts";

/** One page of a listing. `nextToken` is absent on the last one. */
export type Page<T> = { items: readonly T[]; nextToken?: string };

/**
 * Cuts a page out of a listing. As at AWS, what is added or removed between two calls may be missed or seen twice.
 *
 * @param request.size entries a page, at most
 * @param request.nextToken as an earlier page answered it
 * @param request.invalidToken the error with which the service answers a token that it never handed out
 */
export function page<T>(
  items: readonly T[],
  request: { size: number; nextToken: string | undefined; invalidToken: AwsError },
): Page<T> {
  const from = request.nextToken === undefined ? 0 : offsetOf(request.nextToken);
  if (from === undefined || from > items.length) throw request.invalidToken;
  const to = from + request.size;
  return { items: items.slice(from, to), ...(to < items.length && { nextToken: tokenOf(to) }) };
}

// Opaque, so that nobody comes to rely on counting.
function tokenOf(offset: number): string {
  return Buffer.from(`offset=${offset}`).toString("base64url");
}

function offsetOf(token: string): number | undefined {
  const match = /^offset=(\d+)$/.exec(Buffer.from(token, "base64url").toString());
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
