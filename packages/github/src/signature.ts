import { Webhooks } from "@octokit/webhooks";

/** The HMAC as lower-case hexadecimal digits. The older signature, by SHA-1, is not accepted. */
const signatureForm = /^sha256=[0-9a-f]{64}$/;

/** Whether a value of `X-Hub-Signature-256` can be a signature at all. */
export function isWellFormed(signature: string): boolean {
  return signatureForm.test(signature);
}

/**
 * Whether GitHub signed these very bytes with this secret; the comparison takes the same time for every signature.
 *
 * @param text the body, from `decodeUtf8`, so that its UTF-8 is the raw bytes again
 * @see https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export async function isSignedWith(secret: string, text: string, signature: string): Promise<boolean> {
  // An empty secret would be one that everybody knows.
  if (secret === "" || text === "") return false;
  return new Webhooks({ secret }).verify(text, signature);
}

/**
 * The text of raw bytes, without loss: undefined for bytes that are no UTF-8, of which a lenient decoder would give many
 * the same text, and a signature over the text would no longer be one over the bytes.
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
