import type { AwsError } from "./errors.ts";
import { escapeXml } from "./xml.ts";

/** What goes back to the caller. There is never a `Date`: see `startServer`. */
export type Answer = {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array;
  /** Name of the error that the answer tells of; absent on success. */
  errorName?: string;
};

/** An answer of the awsJson protocols. */
export function jsonAnswer(jsonVersion: "1.0" | "1.1", body: string): Answer {
  return { status: 200, headers: { "content-type": `application/x-amz-json-${jsonVersion}` }, body };
}

/**
 * An error as the awsJson protocols answer it. AWS puts a namespace that differs by service before some names; every SDK
 * cuts it off, so none is sent. `x-amzn-errortype` is what clients of the REST protocols read.
 */
export function errorAnswer(error: AwsError, jsonVersion: "1.0" | "1.1" = "1.1"): Answer {
  return {
    status: error.status,
    headers: { "content-type": `application/x-amz-json-${jsonVersion}`, "x-amzn-errortype": error.name },
    body: JSON.stringify({ ...error.members, __type: error.name, message: error.message }),
    errorName: error.name,
  };
}

/** An error as the query protocol answers it, for clients of services that the local AWS does not have. */
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
