import type { AwsError } from "./errors.ts";
import { escapeXml } from "./xml.ts";

/** The answer to the caller. It never has a `Date` header: see `startServer`. */
export type Answer = {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array;
  /** Name of the error in the answer; absent on success. */
  errorName?: string;
};

/** An answer of the awsJson protocols. */
export function jsonAnswer(jsonVersion: "1.0" | "1.1", body: string): Answer {
  return { status: 200, headers: { "content-type": `application/x-amz-json-${jsonVersion}` }, body };
}

/**
 * An error answer of the awsJson protocols. AWS adds a namespace to some names, which all SDKs remove; the local AWS sends
 * none. Clients of the REST protocols read `x-amzn-errortype`.
 */
export function errorAnswer(error: AwsError, jsonVersion: "1.0" | "1.1" = "1.1"): Answer {
  return {
    status: error.status,
    headers: { "content-type": `application/x-amz-json-${jsonVersion}`, "x-amzn-errortype": error.name },
    body: JSON.stringify({ ...error.members, __type: error.name, message: error.message }),
    errorName: error.name,
  };
}

/** An error answer of the query protocol. */
export function queryErrorAnswer(error: AwsError, requestId: string): Answer {
  const fault = error.status >= 500 ? "Receiver" : "Sender";
  const code = `<Code>${escapeXml(error.name)}</Code><Message>${escapeXml(error.message)}</Message>`;
  return {
    status: error.status,
    headers: { "content-type": "text/xml" },
    body: `<ErrorResponse><Error><Type>${fault}</Type>${code}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
    errorName: error.name,
  };
}
