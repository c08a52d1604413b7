import { AwsError } from "../../../protocol/errors.ts";
import type { InvocationResult, World } from "../../../world/world.ts";
import { StateError } from "../language/errors.ts";
import { toJson } from "../language/expressions.ts";
import { jsonText, type Json } from "../language/json.ts";
import { uuidFrom } from "../../../protocol/identifiers.ts";

/** A function's result; the payload is null for a handler without a result. */
export type Invoked = { payload: Json; sizeBytes: number };

/**
 * Invokes a function.
 *
 * @throws StateError with the function's errorType and its error object as Cause, or `Lambda.…` when Lambda refused the
 *   invocation
 */
export async function invokeFunction(world: World, functionName: string, payload: Json): Promise<Invoked> {
  const result = await world.invoke(functionName, payload).catch((error: unknown): never => {
    if (error instanceof AwsError)
      throw refusedByLambda(
        error,
        uuidFrom(() => world.random()),
      );
    throw error;
  });
  return invoked(result);
}

function invoked(result: InvocationResult): Invoked {
  if (result.ok) {
    const payload = toJson(result.payload) ?? null;
    return { payload, sizeBytes: result.sizeBytes ?? Buffer.byteLength(jsonText(payload)) };
  }
  throw new StateError(result.error.errorType, JSON.stringify(result.error));
}

function refusedByLambda(error: AwsError, requestId: string): StateError {
  const explanation = `${error.message} (Service: AWSLambda; Status Code: ${error.status}; Error Code: ${error.name}; Request ID: ${requestId}; Proxy: null)`;
  return new StateError(`Lambda.${error.name}`, explanation);
}

/** The result of `lambda:invoke`: the answer of Lambda's Invoke with its HTTP headers. */
export function invokeResult({ payload, sizeBytes }: Invoked, world: World): Json {
  const requestId = uuidFrom(() => world.random());
  const headers = {
    Connection: "keep-alive",
    "Content-Length": String(sizeBytes),
    "Content-Type": "application/json",
    Date: new Date(world.clock.now()).toUTCString(),
    "X-Amz-Executed-Version": "$LATEST",
    "x-amzn-Remapped-Content-Length": "0",
    "x-amzn-RequestId": requestId,
    "X-Amzn-Trace-Id": `root=1-${requestId.slice(0, 8)}-${requestId.replaceAll("-", "").slice(8)};sampled=0`,
  };
  return {
    ExecutedVersion: "$LATEST",
    Payload: payload,
    SdkHttpMetadata: {
      AllHttpHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
      HttpHeaders: headers,
      HttpStatusCode: 200,
    },
    SdkResponseMetadata: { RequestId: requestId },
    StatusCode: 200,
  };
}
