import { type Backend, jsonBackend } from "./backend.ts";
import type { Credential } from "./credential.ts";
import type { DispatchOptions, HttpRequest } from "./dispatch.ts";
import { AwsError, notInLocalAws } from "./errors.ts";
import type { Caller, LocalService } from "./service.ts";

/** An account's part of a region: resources are of one of them. */
export type AccountRegion = { region: string; accountId: string };

/**
 * Where the services are, and what is in other places: a request belongs to the region that it is signed for, in the
 * account of the role or user that signs.
 */
export type Places = { home: AccountRegion; elsewhere: (place: AccountRegion) => readonly LocalService[] };

/** What a request says about the operation that it wants. `target` names the service, in the protocol's own way. */
export type Address = { protocol: "json" | "query"; target: string; operation: string };

/** Without a signer: who would answer at home, which is also the answer to whether there is such a service at all. */
export type FindBackend = (address: Address, signer?: { region: string; caller: Caller }) => Backend;

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
  throw notInLocalAws(`${request.method} ${request.path}${service}: it speaks other protocols`);
}

/** Who answers a request, by its protocol, service and place. */
export function backendFinder(
  options: Pick<DispatchOptions, "services" | "passthrough" | "forms" | "places">,
): FindBackend {
  const { services, passthrough = {}, forms = [], places } = options;
  const home = new Map([...Object.entries(passthrough), ...byTarget(services)]);
  const elsewhere = new Map<string, ReadonlyMap<string, Backend>>();

  function backendsAt(place: AccountRegion, { elsewhere: servicesOf }: Places): ReadonlyMap<string, Backend> {
    const name = `${place.accountId}/${place.region}`;
    const made = elsewhere.get(name) ?? byTarget(servicesOf(place));
    elsewhere.set(name, made);
    return made;
  }

  return ({ protocol, target }, signer) => {
    if (protocol === "query")
      return existing(
        forms.find(({ name }) => name === target),
        `the service '${target}'`,
      );
    const service = `the service behind X-Amz-Target '${target}'`;
    const backend = existing(home.get(target), service);
    if (places === undefined || signer === undefined) return backend;
    const { region, accountId } = placeOf(signer, places.home);
    if (region === places.home.region && accountId === places.home.accountId) return backend;
    const there = `in the region ${region} of the account ${accountId}`;
    return existing(backendsAt({ region, accountId }, places).get(target), `${service} ${there}`);
  };
}

function byTarget(services: readonly LocalService[]): Map<string, Backend> {
  return new Map(services.map((service) => [service.targetPrefix, jsonBackend(service)]));
}

function existing(backend: Backend | undefined, what: string): Backend {
  if (backend === undefined) throw notInLocalAws(what);
  return backend;
}

/** Where a request's resources are. */
export function placeOf({ region, caller }: { region: string; caller: Caller }, home: AccountRegion): AccountRegion {
  return { region, accountId: accountOf(caller) ?? home.accountId };
}

function accountOf(caller: Caller): string | undefined {
  return caller.session?.accountId ?? (caller.kind === "outside" ? caller.accountId : undefined);
}

/** The query protocol (STS, IAM, …) sends forms and expects XML. */
export function isQuery({ headers }: HttpRequest): boolean {
  return headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
}
