/** Finds the first matching rule of a scenario that is not used up: a rule with `times` applies so often only. */
export function ruleUses<R extends { times?: number | undefined }>(rules: readonly R[]) {
  const uses = new Map<R, number>();

  function find(matches: (rule: R) => boolean): R | undefined {
    return rules.find((rule) => matches(rule) && (uses.get(rule) ?? 0) < (rule.times ?? Infinity));
  }

  return {
    find,
    /** Like `find`, and counts the use of the rule. */
    use(matches: (rule: R) => boolean): R | undefined {
      const rule = find(matches);
      if (rule !== undefined) uses.set(rule, (uses.get(rule) ?? 0) + 1);
      return rule;
    },
  };
}
