import { type Answer, errorAnswer, queryErrorAnswer } from "./answer.ts";
import {
  addressOf,
  backendFinder,
  type FindBackend,
  isQuery,
  type AccountRegion,
  placeOf,
  type Places,
} from "./addressing.ts";
import type { Backend } from "./backend.ts";
import { credentialOf } from "./credential.ts";
import { AwsError } from "./errors.ts";
import { restRequests } from "./rest.ts";
import type { Call, Caller, LocalService } from "./service.ts";

/** One HTTP request, wholly received. Header names are in lower case. */
export type HttpRequest = {
  method: string;
  /** Path and query, as on the request line. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
};

/** Answers requests below a path that is no AWS service's, a Function URL's. Holds the clock by itself while it works. */
export type Route = (request: HttpRequest) => Promise<Answer>;

/** Lets time pass while `wait` is under way; what `wait` does must hold the clock by itself where it has to. */
export type Park = <T>(wait: () => Promise<T>) => Promise<T>;

/** Stands between the wire and every service: may answer instead of `run`, before or after it, or park the answer. */
export type Around = (call: Call, run: () => Promise<Answer>, park: Park) => Promise<Answer>;

/** A call that was answered. */
export type ObservedCall = {
  call: Call;
  /** The request's body as it came. */
  body: string;
  status: number;
  errorName?: string;
};

export type DispatchOptions = {
  services: readonly LocalService[];
  /** Foreign implementations by target prefix. */
  passthrough?: Readonly<Record<string, Backend>>;
  /** Services of the query protocol. The same everywhere, as STS is. */
  forms?: readonly Backend[];
  /** Everything is in one place when absent. */
  places?: Places;
  /** By path prefix. */
  routes?: Readonly<Record<string, Route>>;
  /** Who signs with an access key; undefined for a key that AWS would not know. Everybody is let in when absent. */
  callerOf?: (accessKeyId: string) => Caller | undefined;
  /** Throws AwsError for what the caller may not do in a place. Everybody may do everything when absent. */
  authorize?: (call: Call, place: AccountRegion, body: string) => void;
  /** Makes the ids that AWS calls x-amzn-RequestId. */
  requestId: () => string;
  /** What it throws breaks the connection. Runs the call when absent. */
  around?: Around;
  /** Told of every call to a service, after it was answered. */
  observe?: (observation: ObservedCall) => void;
  /** Told of what is wrong in the local AWS itself, and where; the caller gets an `InternalFailure`. */
  onDefect?: (error: unknown, where: string) => void;
};

export type Dispatch = (request: HttpRequest, park: Park) => Promise<Answer>;

/** Finds who answers a request, and what AWS answers when nobody does. Rejects only with what `around` throws. */
export function createDispatch(options: DispatchOptions): Dispatch {
  const findBackend = backendFinder(options);
  const routes = Object.entries(options.routes ?? {});
  const asJson = restRequests(options.services);

  return async (received, park) => {
    const route = routes.find(([prefix]) => received.path.startsWith(prefix))?.[1];
    if (route !== undefined) {
      return await safely(options, `${received.method} ${received.path}`, () => park(() => route(received)));
    }

    const request = asJson(received);
    const requestId = options.requestId();
    let answer: Answer;
    try {
      answer = await perform(options, identify(options, findBackend, request, requestId), request, park);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      answer = refusal(request, error, requestId);
    }
    return { ...answer, headers: { ...answer.headers, "x-amzn-requestid": requestId } };
  };
}

/** Who calls what, and where its resources are; no place when there is only one. */
type Identified = { backend: Backend; call: Call; place?: AccountRegion };

function identify(
  options: DispatchOptions,
  findBackend: FindBackend,
  request: HttpRequest,
  requestId: string,
): Identified {
  const credential = credentialOf(request.headers["authorization"]);
  const address = addressOf(request, credential);
  findBackend(address);
  if (credential === undefined) {
    throw new AwsError("MissingAuthenticationTokenException", "Request is missing Authentication Token");
  }
  const caller = callerOf(options, credential.accessKeyId);
  const backend = findBackend(address, { region: credential.region, caller });
  const logicalCall = request.headers["amz-sdk-invocation-id"];
  const call = { service: backend.name, operation: address.operation, requestId, caller };
  return {
    backend,
    call: logicalCall === undefined ? call : { ...call, logicalCall },
    ...(options.places !== undefined && { place: placeOf({ region: credential.region, caller }, options.places.home) }),
  };
}

function callerOf(options: DispatchOptions, accessKeyId: string): Caller {
  const caller = options.callerOf === undefined ? outside(accessKeyId) : options.callerOf(accessKeyId);
  if (caller !== undefined) return caller;
  throw new AwsError("UnrecognizedClientException", "The security token included in the request is invalid.");
}

function outside(accessKeyId: string): Caller {
  return { kind: "outside", accessKeyId };
}

async function perform(
  options: DispatchOptions,
  { backend, call, place }: Identified,
  request: HttpRequest,
  park: Park,
): Promise<Answer> {
  const body = request.body.toString("utf8");
  const run = (): Promise<Answer> =>
    safely(options, `${call.service}:${call.operation}`, async () => {
      try {
        if (place !== undefined) options.authorize?.(call, place, body);
      } catch (error) {
        if (error instanceof AwsError) return refusal(request, error, call.requestId);
        throw error;
      }
      return await backend.perform(call, { headers: request.headers, body });
    });
  const answer = options.around === undefined ? await run() : await options.around(call, run, park);
  options.observe?.({
    call,
    body,
    status: answer.status,
    ...(answer.errorName === undefined ? {} : { errorName: answer.errorName }),
  });
  return answer;
}

function refusal(request: HttpRequest, error: AwsError, requestId: string): Answer {
  return isQuery(request) ? queryErrorAnswer(error, requestId) : errorAnswer(error);
}

/** Errors that AWS has become answers; any other is a defect of ours, and becomes one that says so. */
async function safely(options: DispatchOptions, where: string, run: () => Promise<Answer>): Promise<Answer> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof AwsError) return errorAnswer(error);
    options.onDefect?.(error, where);
    return errorAnswer(new AwsError("InternalFailure", `A defect of the local AWS in ${where}: ${String(error)}`, 500));
  }
}
