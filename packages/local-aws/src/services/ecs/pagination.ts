import { invalidParameter } from "./errors.ts";

export type Page = { maxResults?: number | undefined; nextToken?: string | undefined };

/**
 * One page of a list. Tokens carry the position, opaque to callers as ECS's are.
 *
 * @param limits greatest number of results a page, and the number when none is asked for
 * @throws AwsError InvalidParameterException
 */
export function paginate<T>(
  items: readonly T[],
  { maxResults, nextToken }: Page,
  limits: { most: number; usual: number },
): { items: T[]; nextToken?: string } {
  const size = maxResults ?? limits.usual;
  if (size < 1 || size > limits.most) throw invalidParameter(`maxResults must be between 1 and ${limits.most}.`);
  const start = nextToken === undefined ? 0 : position(nextToken);
  const end = start + size;
  const page = items.slice(start, end);
  if (end >= items.length) return { items: page };
  return { items: page, nextToken: Buffer.from(`position:${end}`).toString("base64url") };
}

function position(token: string): number {
  const [, digits] = /^position:(\d+)$/.exec(Buffer.from(token, "base64url").toString()) ?? [];
  if (digits === undefined) throw invalidParameter("Invalid token.");
  return Number(digits);
}
