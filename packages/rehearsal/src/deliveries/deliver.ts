import { createHmac, randomUUID } from "node:crypto";

export type DeliveryRequest = {
  url: string;
  secret: string;
  /** GitHub's name of the event: `push`, `ping`, … */
  event: string;
  /** Sent as JSON; a string or bytes are sent unchanged. */
  payload: unknown;
  /** Id of the delivery; a new one when absent, the same for a redelivery. */
  delivery?: string;
  /** Maximum real time until the answer; GitHub's ten seconds when absent. */
  timeoutSeconds?: number;
};

export type DeliveryAnswer = {
  status: number;
  /** The answer's JSON; its text if it is not JSON. */
  body: unknown;
};

const githubTimeoutSeconds = 10;

/**
 * Posts a payload as GitHub does: signed over its bytes, with GitHub's headers.
 *
 * @throws Error when the webhook does not answer in time
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
 */
export async function deliver({
  url,
  secret,
  event,
  payload,
  delivery,
  timeoutSeconds = githubTimeoutSeconds,
}: DeliveryRequest): Promise<DeliveryAnswer> {
  const body = bytesOf(payload);
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "user-agent": "GitHub-Hookshot/lockmaster",
      "x-github-event": event,
      "x-github-delivery": delivery ?? randomUUID(),
      "x-github-hook-id": "1",
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
    },
    body,
    signal: AbortSignal.timeout(timeoutSeconds * 1000),
  }).catch((cause: unknown) => {
    throw new Error(
      `the webhook ${url} does not answer: start a local AWS with \`npm run local\`, or name another webhook with --url`,
      { cause },
    );
  });
  return { status: response.status, body: readAnswer(await response.text()) };
}

function bytesOf(payload: unknown): Uint8Array<ArrayBuffer> {
  if (payload instanceof Uint8Array) return new Uint8Array(payload);
  return new TextEncoder().encode(typeof payload === "string" ? payload : JSON.stringify(payload));
}

function readAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
