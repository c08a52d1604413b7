import { Webhooks } from "@octokit/webhooks";

/** HMAC-SHA256 as lower-case hexadecimal digits; GitHub's older signature by SHA-1 is not accepted. */
const signatureForm = /^sha256=[0-9a-f]{64}$/;

/** Whether a value of `X-Hub-Signature-256` has the form of a signature. */
export function isWellFormed(signature: string): boolean {
  return signatureForm.test(signature);
}

/**
 * Whether GitHub signed these bytes with this secret; the comparison takes the same time for every signature.
 *
 * @param text the body, from `decodeUtf8`, so that its UTF-8 is the raw bytes again
 * @see https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export async function isSignedWith(secret: string, text: string, signature: string): Promise<boolean> {
  // With an empty secret, an attacker could sign too.
  if (secret === "" || text === "") return false;
  return new Webhooks({ secret }).verify(text, signature);
}

/**
 * The text of raw bytes, without loss; undefined for bytes that are not UTF-8: a lenient decoder decodes different bytes to the
 * same text, and a signature of the text would no longer be one of the bytes.
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
