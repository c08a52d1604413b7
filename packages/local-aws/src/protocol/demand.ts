/** The permissions that a request demands, and how a service describes them. */

/** An action on a resource that the caller must be permitted to perform. */
export type Demand = {
  /** The action's name in policies: `ecs:UpdateService`. */
  action: string;
  /** ARN, or `*` for an action without a resource. */
  resource: string;
  /** The condition keys that the request has; some have several values. */
  context?: DemandContext;
};

export type DemandContext = Readonly<Record<string, string | readonly string[]>>;

/** Members of a request, unparsed. */
export type RequestInput = Readonly<Record<string, unknown>>;

/** Creates an ARN of the service in the request's account and region. @param resource the part after the account */
export type MakeArn = (resource: string) => string;

/** The demands of one operation. The action has the operation's name. */
export type Access = {
  /**
   * The resources, all of which are demanded. Templates like `service/{cluster=default}/{services}` have members in braces,
   * with a default for an absent member. A list gives one ARN for each element. An ARN in the last member is used unchanged.
   */
  on: "*" | readonly string[] | ((input: RequestInput, arn: MakeArn) => readonly string[]);
  /** Condition keys, as templates like those of `on`. */
  context?: Readonly<Record<string, string>>;
  /** Condition keys that only some requests have. */
  mentions?: (input: RequestInput) => DemandContext;
  /** Further demands. */
  also?: (input: RequestInput, arn: MakeArn) => readonly Demand[];
};

/** The demands of the operations of one service. */
export type ServiceAccess = {
  /** The service's name in actions (before the colon) and in ARNs. */
  prefix: string;
  /** Null for an operation that requires no permission. */
  operations: Readonly<Record<string, Access | null>>;
};

/** The caller that names a role for a service to act under must be permitted to pass it to that service. */
export function passRole(role: string, service: string): Demand {
  return { action: "iam:PassRole", resource: role, context: { "iam:PassedToService": service } };
}

/** A member that is a string; undefined for another type. */
export function textOf(input: RequestInput, member: string): string | undefined {
  const value = input[member];
  return typeof value === "string" ? value : undefined;
}

/** The strings of a member that is a string or a list of strings. */
export function textsOf(input: RequestInput, member: string): readonly string[] {
  const value = input[member];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one) => typeof one === "string");
}

/** Expands a template to ARNs. @see Access.on */
export function expand(template: string, input: RequestInput, arn: MakeArn): readonly string[] {
  const parts = [...template.matchAll(/\{(\w+)(?:=([^}]*))?\}/g)];
  const last = parts.at(-1);
  if (last === undefined) return [arn(template)];
  const [whole, member = "", fallback] = last;
  const found = textsOf(input, member);
  const values = found.length === 0 && fallback !== undefined ? [fallback] : found;
  const before = parts.slice(0, -1).reduce((text, [placeholder, name = "", absent = ""]) => {
    const value = textOf(input, name) ?? absent;
    return text.replace(placeholder, value.startsWith("arn:") ? value.slice(value.lastIndexOf("/") + 1) : value);
  }, template);
  return values.map((value) => (value.startsWith("arn:") ? value : arn(before.replace(whole, value))));
}
