import type { BuildRule } from "../../scenario/scenario.ts";
import type { BuildSpec } from "../engine.ts";

/** Answers the rule for each build that starts: the first that matches and has not been used up. */
export function firstMatch(rules: readonly BuildRule[]): (spec: BuildSpec) => BuildRule | undefined {
  const uses = new Map<BuildRule, number>();
  return (spec) => {
    const rule = rules.find((rule) => (uses.get(rule) ?? 0) < (rule.times ?? Infinity) && matches(rule, spec));
    if (rule !== undefined) uses.set(rule, (uses.get(rule) ?? 0) + 1);
    return rule;
  };
}

function matches({ image, commit }: BuildRule, { environment }: BuildSpec): boolean {
  return (
    (image === undefined || image === environment["LOCKMASTER_IMAGE"]) &&
    (commit === undefined || (environment["LOCKMASTER_SHA"] ?? "").startsWith(commit))
  );
}
