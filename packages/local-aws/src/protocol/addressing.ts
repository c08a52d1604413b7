import { type Backend, backendOf } from "./backend.ts";
import type { Credential } from "./credential.ts";
import { AwsError, notInLocalAws } from "./errors.ts";
import type { HttpRequest } from "./http.ts";
import type { Caller, LocalService } from "./service.ts";

/** One region of one account: every resource is in one of them. */
export type AccountRegion = { region: string; accountId: string };

/** The operation that a request names. `target` names the service, in the protocol's own way. */
export type Address = { protocol: "json" | "query"; target: string; operation: string };

export type FindBackend = (address: Address, site: AccountRegion) => Backend;

/** @throws AwsError NotInLocalAws for another protocol, UnknownOperationException */
export function addressOf(request: HttpRequest, credential: Credential | undefined): Address {
  const header = request.headers["x-amz-target"];
  if (header !== undefined && request.method === "POST") {
    const [target = "", operation, ...rest] = header.split(".");
    if (operation === undefined || rest.length > 0) throw new AwsError("UnknownOperationException", "");
    return { protocol: "json", target, operation };
  }
  if (credential !== undefined && request.method === "POST" && isQuery(request)) {
    const operation = new URLSearchParams(request.body.toString("utf8")).get("Action");
    if (operation !== null) return { protocol: "query", target: credential.service, operation };
  }
  const service = credential === undefined ? "" : ` of the service '${credential.service}'`;
  throw notInLocalAws(
    `${request.method} ${request.path}${service}: the request names no operation, neither in the header X-Amz-Target nor in the form field Action`,
  );
}

/**
 * Finds the service that answers a request.
 *
 * @param services the services of an account and region; called once for each
 * @returns throws AwsError NotInLocalAws when the account and region does not have the service
 */
export function backendFinder(
  home: AccountRegion,
  services: (site: AccountRegion) => readonly LocalService[],
): FindBackend {
  const sites = new Map<string, ReadonlyMap<string, Backend>>();

  function backendsAt(site: AccountRegion): ReadonlyMap<string, Backend> {
    const name = `${site.accountId}/${site.region}`;
    const backends = sites.get(name) ?? byAddress(services(site));
    sites.set(name, backends);
    return backends;
  }

  return ({ protocol, target }, site) => {
    const backend = backendsAt(site).get(`${protocol} ${target}`);
    if (backend !== undefined) return backend;
    const service = protocol === "query" ? `the service '${target}'` : `the service behind X-Amz-Target '${target}'`;
    const isHome = site.region === home.region && site.accountId === home.accountId;
    throw notInLocalAws(isHome ? service : `${service} in the region ${site.region} of the account ${site.accountId}`);
  };
}

function byAddress(services: readonly LocalService[]): ReadonlyMap<string, Backend> {
  const withApi = services.filter(({ api }) => api !== undefined);
  return new Map(withApi.map((service) => [addressedAs(service), backendOf(service)]));
}

function addressedAs({ name, api }: LocalService): string {
  if (api?.protocol === "query") return `query ${name}`;
  return `json ${api?.protocol === "json" ? api.targetPrefix : name}`;
}

/** A request belongs to the region that it is signed for, in the account of the role or user that signs. */
export function siteOf({ region, caller }: { region: string; caller: Caller }, home: AccountRegion): AccountRegion {
  const outside = caller.kind === "outside" ? caller.accountId : undefined;
  return { region, accountId: caller.session?.accountId ?? outside ?? home.accountId };
}

/** The query protocol (STS, IAM, …) sends forms and expects XML. */
export function isQuery({ headers }: HttpRequest): boolean {
  return headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
}
