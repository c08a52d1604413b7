/** IAM's identity-based policies, as far as they allow: there are no Deny statements. */
import type { Demand, DemandContext } from "../protocol/demand.ts";

/** One statement of an identity-based policy. */
export type Statement = {
  Effect: "Allow";
  Action: readonly string[];
  Resource: "*" | readonly string[];
  Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
};

/** Whether a statement allows a demand. */
export type Matcher = (demand: Demand) => boolean;

type Test = (context: DemandContext) => boolean;

/** Compiles a statement. @throws TypeError for a condition operator that is not implemented */
export function matcherOf({ Action, Resource, Condition = {} }: Statement): Matcher {
  const actions = new Set(Action);
  const resources = Resource === "*" ? undefined : patternOf(Resource);
  const tests = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => testOf(operator, key, typeof values === "string" ? [values] : values)),
  );
  return ({ action, resource, context = {} }) =>
    actions.has(action) &&
    (resources === undefined || resources.test(resource)) &&
    tests.every((holds) => holds(context));
}

/**
 * A key with several values needs a set operator. `ForAllValues` also holds for a request without the key.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
function testOf(operator: string, key: string, values: readonly string[]): Test {
  const [, set, single = ""] = /^(?:(ForAllValues|ForAnyValue):)?(.*)$/.exec(operator) ?? [];
  const holds = comparison(single, operator, values);
  return (context) => {
    const found = context[key];
    if (set === "ForAllValues") return valuesOf(found).every((value) => holds(value));
    if (set === "ForAnyValue") return valuesOf(found).some((value) => holds(value));
    return typeof found === "object" ? false : holds(found);
  };
}

const valuesOf = (found: string | readonly string[] | undefined): readonly string[] =>
  found === undefined ? [] : [found].flat();

/** Whether the value that a request has of a key is what the condition asks for. */
function comparison(
  single: string,
  operator: string,
  values: readonly string[],
): (value: string | undefined) => boolean {
  const pattern = patternOf(values);
  switch (single) {
    case "StringEquals":
      return (value) => value !== undefined && values.includes(value);
    case "StringEqualsIfExists":
      return (value) => value === undefined || values.includes(value);
    case "StringLike":
    case "ArnLike":
    case "ArnEquals":
      return (value) => value !== undefined && pattern.test(value);
    case "StringNotLike":
      // Negated operators hold for a request without the key.
      return (value) => value === undefined || !pattern.test(value);
    case "Null": {
      const absent = values.includes("true");
      return (value) => (value === undefined) === absent;
    }
    default:
      throw new TypeError(`The local AWS does not implement the condition operator ${operator}`);
  }
}

/** `*` matches any characters, `?` matches one. */
function patternOf(patterns: readonly string[]): RegExp {
  const alternatives = patterns.map((pattern) =>
    pattern
      .replaceAll(/[.+^${}()|[\]\\/]/g, String.raw`\$&`)
      .replaceAll("*", ".*")
      .replaceAll("?", "."),
  );
  return new RegExp(`^(?:${alternatives.join("|")})$`, "s");
}
