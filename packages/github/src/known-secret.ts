import type { WebhookSecret } from "./repository-secret.ts";

/** A replaced secret is accepted for at most this long after Secrets Manager has stopped calling it the previous one. */
const maxAgeMs = 60_000;
/** Deliveries that no known secret signed make the secret be read again at most once within this time. */
const searchIntervalMs = 60_000;

/** Whether a secret signed the delivery. */
type Signs = (secret: string) => Promise<boolean>;
type Read<Value> = { value: Value; readAt: number };

/**
 * Remembers the webhook's secret for a minute, so that forged deliveries do not cost a call to AWS each. A delivery that no
 * remembered secret signed makes the secret be read again at once, since it may have been rotated a moment ago, but only once a
 * minute: any caller can send such deliveries.
 *
 * @returns whether the current or the previous secret signed a delivery; `now` in milliseconds. Rejects when a secret that is needed
 * cannot be read; nothing is remembered then
 */
export function knownSecret(source: WebhookSecret): (signs: Signs, now: number) => Promise<boolean> {
  let current: Read<string> | undefined;
  let previous: Read<string | undefined> | undefined;
  let searchedAt = Number.NEGATIVE_INFINITY;

  async function readCurrent(readAt: number): Promise<Read<string>> {
    const read = { value: await source.current(), readAt };
    // What was the previous one is another one now.
    if (current !== undefined && read.value !== current.value) previous = undefined;
    current = read;
    return read;
  }

  return async (signs, now) => {
    const isFresh = (read: Read<unknown> | undefined) => read !== undefined && now - read.readAt < maxAgeMs;
    const first = current !== undefined && isFresh(current) ? current : await readCurrent(now);
    if (await signs(first.value)) return true;
    if (!isFresh(previous)) previous = undefined;
    if (previous?.value !== undefined && (await signs(previous.value))) return true;

    if (now - searchedAt < searchIntervalMs) return false;
    const again = first.readAt < now ? await readCurrent(now) : first;
    previous ??= { value: await source.previous(), readAt: now };
    // Only now: a search that failed is repeated with the next delivery.
    searchedAt = now;
    if (again.value !== first.value && (await signs(again.value))) return true;
    return previous.value !== undefined && (await signs(previous.value));
  };
}
