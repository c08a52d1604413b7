import { invalidParameter } from "./errors.ts";

/**
 * One page of a list. Tokens contain the position and are opaque to callers, like ECS's.
 *
 * @param limits maximum and default number of results on a page
 * @throws AwsError InvalidParameterException
 */
export function ecsPage<T>(
  items: readonly T[],
  { maxResults, nextToken }: { maxResults?: number | undefined; nextToken?: string | undefined },
  limits: { max: number; default: number },
): { items: T[]; nextToken?: string } {
  const size = maxResults ?? limits.default;
  if (size < 1 || size > limits.max) throw invalidParameter(`maxResults must be between 1 and ${limits.max}.`);
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
