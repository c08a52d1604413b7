import type { AccountRegion } from "../protocol/addressing.ts";
import { type Access, type Demand, expand, type MakeArn, type RequestInput } from "../protocol/demand.ts";
import type { AccessCheck } from "../protocol/dispatch.ts";
import { AwsError } from "../protocol/errors.ts";
import { principalOf } from "../protocol/principal.ts";
import { type Call, type Caller, type LocalService, operationNames } from "../protocol/service.ts";
import { refuseTooLarge, type RolePolicies } from "./role-quotas.ts";
import { type Matcher, matcherOf } from "./statement.ts";

/** A demand that a role's policy allowed. */
export type Grant = Demand & {
  /** ARN. */
  role: string;
  /** The caller that acted under the role. */
  caller: Caller;
};

export type Authorization = {
  /** Gives a role its policies, by ARN; it is permitted nothing else from then on. @throws AwsError LimitExceeded */
  attach(role: string, policies: RolePolicies): void;
  /** @throws AwsError AccessDeniedException */
  check(check: AccessCheck): void;
  /** The same for a demand that a service knows only after it has found the resources of the request. */
  demand(call: Call, demand: Demand): void;
};

/** A role's policy, with its earlier decisions by demand. */
type Policy = { matchers: readonly Matcher[]; decided: Map<string, boolean> };

/**
 * IAM's check of every request. Each function has a role with the function's name; a caller that has assumed a role acts
 * under that role. A role is permitted what its policy allows. Roles without a policy, and callers from outside, are
 * administrators.
 *
 * @param onGrant called with every demand that a policy allowed
 */
export function createAuthorization(home: AccountRegion, onGrant?: (grant: Grant) => void): Authorization {
  const policies = new Map<string, Policy>();

  function roleOf({ session, ...caller }: Caller): string | undefined {
    if (session !== undefined) return session.roleArn;
    return caller.kind === "function" ? `arn:aws:iam::${home.accountId}:role/${caller.functionName}` : undefined;
  }

  function check(call: Call, demands: () => readonly Demand[]): void {
    const role = roleOf(call.caller);
    const policy = role === undefined ? undefined : policies.get(role);
    if (role === undefined || policy === undefined) return;
    for (const demand of demands()) {
      const key = JSON.stringify(demand);
      const allowed = policy.decided.get(key) ?? policy.matchers.some((matches) => matches(demand));
      policy.decided.set(key, allowed);
      if (!allowed) throw denied(principalOf(home, call.caller).arn, demand, call.service);
      onGrant?.({ ...demand, role, caller: call.caller });
    }
  }

  return {
    attach(role, attached) {
      refuseTooLarge(role, attached);
      const statements = [attached.inline, ...(attached.managed ?? [])].flat();
      policies.set(role, { matchers: statements.map(matcherOf), decided: new Map() });
    },
    check: (request) => check(request.call, () => demandsOf(request)),
    demand: (call, demand) => check(call, () => [demand]),
  };
}

/** Operations without an entry in their service's `access`: a policy would not restrict them. There must be none. */
export function unmappedOperations(services: readonly LocalService[]): readonly string[] {
  return services.flatMap((service) =>
    operationNames(service)
      .filter((operation) => service.access?.operations[operation] === undefined)
      .map((operation) => `${service.name}:${operation}`),
  );
}

function demandsOf({ call: { operation }, access: service, site, body }: AccessCheck): readonly Demand[] {
  const access = service?.operations[operation];
  // The service itself answers a request for an operation that it does not have.
  if (service === undefined || access === undefined || access === null) return [];
  const input = parse(body);
  if (input === undefined) return [];
  const arn: MakeArn = (resource) => `arn:aws:${service.prefix}:${site.region}:${site.accountId}:${resource}`;
  const context = { ...contextOf(access, input, arn), ...access.mentions?.(input) };
  const action = `${service.prefix}:${operation}`;
  const hasContext = Object.keys(context).length > 0;
  return [
    ...resourcesOf(access, input, arn).map((resource) => ({ action, resource, ...(hasContext && { context }) })),
    ...(access.also?.(input, arn) ?? []),
  ];
}

function resourcesOf({ on }: Access, input: RequestInput, arn: MakeArn): readonly string[] {
  if (on === "*") return ["*"];
  return typeof on === "function" ? on(input, arn) : on.flatMap((template) => expand(template, input, arn));
}

function contextOf({ context = {} }: Access, input: RequestInput, arn: MakeArn) {
  return Object.fromEntries(
    Object.entries(context).flatMap(([key, template]) => {
      const [value] = expand(template, input, arn);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
}

/** The members of a request; undefined when it is malformed, which the service itself answers. */
function parse(body: string): RequestInput | undefined {
  if (!body.startsWith("{")) return Object.fromEntries(new URLSearchParams(body));
  try {
    const input: unknown = JSON.parse(body);
    return typeof input === "object" && input !== null ? Object.fromEntries(Object.entries(input)) : undefined;
  } catch {
    return undefined;
  }
}

/** docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
function denied(principal: string, { action, resource }: Demand, service: string): AwsError {
  const message = `User: ${principal} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
  // The query services: docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
  return service === "sts" || service === "iam"
    ? new AwsError("AccessDenied", message, 403)
    : new AwsError("AccessDeniedException", message);
}
