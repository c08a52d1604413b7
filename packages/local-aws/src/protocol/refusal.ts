/** Error answers in the protocol of the request, for errors that occur outside of a service's own operations. */
import { cbor } from "@smithy/core/cbor";
import { isQuery } from "./addressing.ts";
import { type Answer, errorAnswer, queryErrorAnswer } from "./answer.ts";
import { credentialOf } from "./credential.ts";
import type { AwsError } from "./errors.ts";
import type { HttpRequest } from "./http.ts";
import { escapeXml } from "./xml.ts";

/**
 * AWS's clients read an error only in the protocol that they speak: JSON in the version of the request, XML for the query and
 * the REST protocols with XML, or CBOR.
 *
 * @see https://smithy.io/2.0/aws/protocols/index.html
 */
export function refusalOf(request: HttpRequest, error: AwsError, requestId: string): Answer {
  const service = credentialOf(request.headers["authorization"])?.service ?? "";
  if (request.headers["smithy-protocol"] === "rpc-v2-cbor") return cborErrorAnswer(error);
  if (isQuery(request)) {
    return service === "ec2" ? ec2ErrorAnswer(error, requestId) : queryErrorAnswer(error, requestId);
  }
  if (request.headers["x-amz-target"] === undefined) {
    if (service === "s3") return s3ErrorAnswer(error, requestId);
    if (restXmlServices.has(service)) return queryErrorAnswer(error, requestId);
  }
  const [, version] = /^application\/x-amz-json-(1\.[01])/.exec(request.headers["content-type"] ?? "") ?? [];
  return errorAnswer(error, version === "1.0" ? "1.0" : "1.1");
}

/** Services of the REST protocol with XML. S3's errors have no envelope. */
const restXmlServices: ReadonlySet<string> = new Set(["cloudfront", "route53"]);

/** https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */
function cborErrorAnswer(error: AwsError): Answer {
  return {
    status: error.status,
    headers: { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" },
    body: cbor.serialize({ ...error.members, __type: error.name, message: error.message }),
    errorName: error.name,
  };
}

/** https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html */
function ec2ErrorAnswer(error: AwsError, requestId: string): Answer {
  const body = `<Response><Errors><Error>${codeAndMessage(error)}</Error></Errors><RequestID>${requestId}</RequestID></Response>`;
  return xmlError(error, body);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
function s3ErrorAnswer(error: AwsError, requestId: string): Answer {
  return xmlError(error, `<Error>${codeAndMessage(error)}<RequestId>${requestId}</RequestId></Error>`);
}

function codeAndMessage({ name, message }: AwsError): string {
  return `<Code>${escapeXml(name)}</Code><Message>${escapeXml(message)}</Message>`;
}

function xmlError(error: AwsError, body: string): Answer {
  return { status: error.status, headers: { "content-type": "text/xml" }, body, errorName: error.name };
}
