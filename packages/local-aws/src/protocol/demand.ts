/** What a request demands of IAM, and how a service describes it. */

/** An action on a resource that the caller must be permitted to perform. */
export type Demand = {
  /** As policies name it: `ecs:UpdateService`. */
  action: string;
  /** ARN, or `*` where the action has no resource. */
  resource: string;
  /** Condition keys of the request; those that are missing are absent in it. */
  context?: Readonly<Record<string, string>>;
};

/** Members of a request, as they came. */
export type RequestInput = Readonly<Record<string, unknown>>;

/** Makes an ARN of the service in the place of the request, out of what follows the account. */
export type MakeArn = (resource: string) => string;

/** What one operation demands. The action is called like the operation. */
export type Access = {
  /**
   * All of them are demanded. `service/{cluster=default}/{services}`: members in braces, one ARN for each element of a
   * list, with what stands for an absent one; an ARN in the last of them is taken as it is.
   */
  on: "*" | readonly string[] | ((input: RequestInput, arn: MakeArn) => readonly string[]);
  /** Condition keys, as templates like those of `on`. */
  context?: Readonly<Record<string, string>>;
  /** Condition keys that are there only when the request says something of them. */
  mentions?: (input: RequestInput) => Readonly<Record<string, string>>;
  /** Demanded besides. */
  also?: (input: RequestInput, arn: MakeArn) => readonly Demand[];
};

/** What the operations of one service demand. */
export type ServiceAccess = {
  /** Before the colon of its actions, and in its ARNs. */
  prefix: string;
  /** Those that everybody may call are null. */
  operations: Readonly<Record<string, Access | null>>;
};

/** The caller that names a role for a service to act under must be permitted to pass it to that service. */
export function passRole(role: string, service: string): Demand {
  return { action: "iam:PassRole", resource: role, context: { "iam:PassedToService": service } };
}

/** A member that is a text; undefined for any other. */
export function textOf(input: RequestInput, member: string): string | undefined {
  const value = input[member];
  return typeof value === "string" ? value : undefined;
}

/** The texts of a member that is one or a list of them. */
export function textsOf(input: RequestInput, member: string): readonly string[] {
  const value = input[member];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one) => typeof one === "string");
}

/** Writes a template's ARNs. @see Access.on */
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
