import type { AccountRegion } from "../protocol/addressing.ts";
import { AwsError } from "../protocol/errors.ts";
import { principalOf } from "../protocol/principal.ts";
import type { Call, Caller } from "../protocol/service.ts";
import { type Access, type Demand, expand, type RequestInput, type ServiceAccess } from "../protocol/demand.ts";
import { type Matcher, matcherOf, type Statement } from "./statement.ts";

/** Something that a role's policy allowed. */
export type Grant = Demand & {
  /** ARN. */
  role: string;
  /** Who acted under it. */
  caller: Caller;
};

export type Authorization = {
  /** Gives a role its policy; from then on it may do nothing else. */
  attach(role: string, statements: readonly Statement[]): void;
  /** @throws AwsError AccessDeniedException */
  check(call: Call, place: AccountRegion, body: string): void;
  /** The same for what an operation demands besides, once it is known. */
  demand(call: Call, demand: Demand): void;
};

export type AuthorizationOptions = {
  home: AccountRegion;
  /** By name, as in the credential scope. */
  services: Readonly<Record<string, ServiceAccess>>;
  /** Told of everything that a policy allowed. */
  onGrant?: (grant: Grant) => void;
};

/** A role's policy, and what it was asked before. */
type Policy = { matchers: readonly Matcher[]; decided: Map<string, boolean> };

/**
 * IAM at the wire. Functions have a role of their name each, and whoever assumed a role is that; a role with a policy may do
 * what the policy allows. A role without one, and everybody outside, counts as an administrator.
 */
export function createAuthorization({ home, services, onGrant }: AuthorizationOptions): Authorization {
  const policies = new Map<string, Policy>();

  function roleOf({ session, ...caller }: Caller): string | undefined {
    if (session !== undefined) return session.roleArn;
    return caller.kind === "function" ? `arn:aws:iam::${home.accountId}:role/${caller.functionName}` : undefined;
  }

  function allow(call: Call, role: string, policy: Policy, demand: Demand): void {
    const key = JSON.stringify(demand);
    const allowed = policy.decided.get(key) ?? policy.matchers.some((matches) => matches(demand));
    policy.decided.set(key, allowed);
    if (!allowed) throw denied(principalOf(home, call.caller).arn, demand, call.service);
    onGrant?.({ ...demand, role, caller: call.caller });
  }

  return {
    attach(role, statements) {
      policies.set(role, { matchers: statements.map(matcherOf), decided: new Map() });
    },
    check(call, place, body) {
      const role = roleOf(call.caller);
      const policy = role === undefined ? undefined : policies.get(role);
      if (role === undefined || policy === undefined) return;
      for (const demand of demandsOf(services, call, place, body)) allow(call, role, policy, demand);
    },
    demand(call, demand) {
      const role = roleOf(call.caller);
      const policy = role === undefined ? undefined : policies.get(role);
      if (role !== undefined && policy !== undefined) allow(call, role, policy, demand);
    },
  };
}

function demandsOf(
  services: AuthorizationOptions["services"],
  { service, operation }: Call,
  { region, accountId }: AccountRegion,
  body: string,
): readonly Demand[] {
  const known = services[service];
  if (known === undefined) return [{ action: `${service}:${operation}`, resource: "*" }];
  const access = known.operations[operation];
  // An operation that nobody has is answered so; `unmapped` finds one that is missing only here.
  if (access === undefined || access === null) return [];
  const input = parse(body);
  if (input === undefined) return [];
  const arn = (resource: string) => `arn:aws:${known.prefix}:${region}:${accountId}:${resource}`;
  const context = { ...contextOf(access, input, arn), ...access.mentions?.(input) };
  const action = `${known.prefix}:${operation}`;
  const hasContext = Object.keys(context).length > 0;
  return [
    ...resourcesOf(access, input, arn).map((resource) => ({ action, resource, ...(hasContext && { context }) })),
    ...(access.also?.(input, arn) ?? []),
  ];
}

function resourcesOf({ on }: Access, input: RequestInput, arn: (resource: string) => string): readonly string[] {
  if (on === "*") return ["*"];
  return typeof on === "function" ? on(input, arn) : on.flatMap((template) => expand(template, input, arn));
}

function contextOf({ context = {} }: Access, input: RequestInput, arn: (resource: string) => string) {
  return Object.fromEntries(
    Object.entries(context).flatMap(([key, template]) => {
      const [value] = expand(template, input, arn);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
}

/** What a request says; undefined when it is malformed, which the service itself answers. */
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
  return service === "sts"
    ? new AwsError("AccessDenied", message, 403)
    : new AwsError("AccessDeniedException", message);
}
