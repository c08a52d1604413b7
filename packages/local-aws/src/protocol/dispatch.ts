import { type AccountRegion, addressOf, backendFinder, type FindBackend, siteOf } from "./addressing.ts";
import { type Answer, errorAnswer } from "./answer.ts";
import type { Backend } from "./backend.ts";
import { credentialOf } from "./credential.ts";
import type { ServiceAccess } from "./demand.ts";
import { AwsError } from "./errors.ts";
import type { HttpRequest } from "./http.ts";
import { refusalOf } from "./refusal.ts";
import { restRequests } from "./rest.ts";
import type { Call, Caller, LocalService } from "./service.ts";

/** Releases the clock during `wait`. Work within `wait` must hold the clock itself. */
export type Park = <T>(wait: () => Promise<T>) => Promise<T>;

/**
 * Wraps every call of a service: it can answer instead of `run`, act before or after it, or park the answer. An AwsError that
 * it throws is the answer; any other error breaks the connection.
 */
export type Around = (call: Call, run: () => Promise<Answer>, park: Park) => Promise<Answer>;

/** A call that was answered. */
export type ObservedCall = {
  call: Call;
  /** The request's body, unparsed. */
  body: string;
  status: number;
  errorName?: string;
};

/** A call that IAM is to check: its service's `access`, and the account and region of its resources. */
export type AccessCheck = { call: Call; access: ServiceAccess | undefined; site: AccountRegion; body: string };

export type DispatchOptions = {
  home: AccountRegion;
  /** The services of an account and region. Called once for each. */
  services: (site: AccountRegion) => readonly LocalService[];
  /** The caller with an access key; undefined for an unknown key. Every key is known when absent. */
  callerOf?: (accessKeyId: string) => Caller | undefined;
  /** Throws AwsError for a call that is not permitted. Every call is permitted when absent. */
  authorize?: (check: AccessCheck) => void;
  /** Creates the request ids (x-amzn-RequestId). */
  requestId: () => string;
  /** Runs the call when absent. */
  around?: Around;
  /** Called after each call to a service is answered. */
  observe?: (observation: ObservedCall) => void;
  /** Called with each defect of the local AWS, and where it occurred. The caller receives an `InternalFailure`. */
  onDefect?: (error: unknown, where: string) => void;
};

export type Dispatch = (request: HttpRequest, park: Park) => Promise<Answer>;

/** Finds the service that answers a request, or answers AWS's error. Rejects only with errors other than AwsError that `around` throws. */
export function createDispatch(options: DispatchOptions): Dispatch {
  const { home, services } = options;
  const findBackend = backendFinder(home, services);
  const routes = services(home).flatMap((service) => Object.entries(service.routes ?? {}));
  const asJson = restRequests(services(home));

  return async (received, park) => {
    const route = routes.find(([prefix]) => received.path.startsWith(prefix))?.[1];
    if (route !== undefined) {
      const refuse: Refuse = (error) => errorAnswer(error);
      return await safely(options, refuse, `${received.method} ${received.path}`, () => park(() => route(received)));
    }

    const request = asJson(received);
    const requestId = options.requestId();
    const refuse: Refuse = (error) => refusalOf(received, error, requestId);
    let answer: Answer;
    try {
      const identified = identify(options, findBackend, request, requestId);
      answer = await perform(options, refuse, identified, request.body.toString("utf8"), park);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      answer = refuse(error);
    }
    return { ...answer, headers: { ...answer.headers, "x-amzn-requestid": requestId } };
  };
}

/** A call, the service that answers it, and the account and region of its resources. */
type Identified = { backend: Backend; call: Call; site: AccountRegion };

function identify(
  options: DispatchOptions,
  findBackend: FindBackend,
  request: HttpRequest,
  requestId: string,
): Identified {
  const credential = credentialOf(request.headers["authorization"]);
  const address = addressOf(request, credential);
  // A service that the local AWS does not have at all is reported before anything about the caller.
  findBackend(address, options.home);
  if (credential === undefined) {
    throw new AwsError("MissingAuthenticationTokenException", "Request is missing Authentication Token");
  }
  const caller = callerOf(options, credential.accessKeyId);
  const site = siteOf({ region: credential.region, caller }, options.home);
  const backend = findBackend(address, site);
  const logicalCall = request.headers["amz-sdk-invocation-id"];
  const call = { service: backend.service.name, operation: address.operation, requestId, caller };
  return { backend, call: logicalCall === undefined ? call : { ...call, logicalCall }, site };
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
  refuse: Refuse,
  { backend, call, site }: Identified,
  body: string,
  park: Park,
): Promise<Answer> {
  const run = (): Promise<Answer> =>
    safely(options, refuse, `${call.service}:${call.operation}`, async () => {
      options.authorize?.({ call, access: backend.service.access, site, body });
      return await backend.perform(call, body);
    });
  const answer = options.around === undefined ? await run() : await orRefuse(refuse, options.around(call, run, park));
  options.observe?.({
    call,
    body,
    status: answer.status,
    ...(answer.errorName === undefined ? {} : { errorName: answer.errorName }),
  });
  return answer;
}

/** Writes an error in the protocol of the request. */
type Refuse = (error: AwsError) => Answer;

async function orRefuse(refuse: Refuse, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof AwsError) return refuse(error);
    throw error;
  }
}

/** Turns AWS's errors into answers; any other error is a defect of the local AWS, and the answer says so. */
async function safely(
  options: DispatchOptions,
  refuse: Refuse,
  where: string,
  run: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await orRefuse(refuse, run());
  } catch (error) {
    options.onDefect?.(error, where);
    return refuse(new AwsError("InternalFailure", `A defect of the local AWS in ${where}: ${String(error)}`, 500));
  }
}
