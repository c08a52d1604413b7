import type { BuildRule } from "../../scenario/scenario.ts";
import type { BuildSpec } from "../engine.ts";
import type { BuildRecipe } from "./build-recipe.ts";

/** Returns the rule for each build that starts: the first rule that matches and is not used up. */
export function firstMatch(
  rules: readonly BuildRule[],
  subject: BuildRecipe["subject"],
): (spec: BuildSpec) => BuildRule | undefined {
  const uses = new Map<BuildRule, number>();
  return ({ environment }) => {
    const { image, commit = "" } = subject(environment);
    const rule = rules.find(
      (one) =>
        (uses.get(one) ?? 0) < (one.times ?? Infinity) &&
        (one.image === undefined || one.image === image) &&
        (one.commit === undefined || commit.startsWith(one.commit)),
    );
    if (rule !== undefined) uses.set(rule, (uses.get(rule) ?? 0) + 1);
    return rule;
  };
}
