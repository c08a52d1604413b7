/** IAM's identity-based policies, as far as they allow: there are no Deny statements. */
import type { Demand } from "../protocol/demand.ts";

/** One statement of an identity-based policy. */
export type Statement = {
  Effect: "Allow";
  Action: readonly string[];
  Resource: "*" | readonly string[];
  Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
};

/** Whether a statement allows a demand. */
export type Matcher = (demand: Demand) => boolean;

type Test = (context: NonNullable<Demand["context"]>) => boolean;

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

/** docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
function testOf(operator: string, key: string, values: readonly string[]): Test {
  switch (operator) {
    case "StringEquals":
      return (context) => context[key] !== undefined && values.includes(context[key]);
    case "StringEqualsIfExists":
      return (context) => context[key] === undefined || values.includes(context[key]);
    case "StringLike":
    case "ArnLike":
    case "ArnEquals": {
      const pattern = patternOf(values);
      return (context) => context[key] !== undefined && pattern.test(context[key]);
    }
    case "Null": {
      const absent = values.includes("true");
      return (context) => (context[key] === undefined) === absent;
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
