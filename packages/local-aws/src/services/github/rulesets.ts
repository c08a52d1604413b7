import type { Ruleset } from "../../scenario/github-scenario.ts";
import { notFound } from "./errors.ts";

const firstId = 4_200_001;

/** `GET /repos/{owner}/{repo}/rulesets`: without rules and conditions. */
export function listRulesets(rulesets: readonly Ruleset[], repository: string): readonly unknown[] {
  return rulesets.flatMap((ruleset, index) =>
    ruleset.repository === repository ? [summaryOf(ruleset, firstId + index)] : [],
  );
}

/** `GET /repos/{owner}/{repo}/rulesets/{ruleset_id}`. @throws GitHubError 404 */
export function describeRuleset(
  rulesets: readonly Ruleset[],
  repository: string,
  id: number,
): Readonly<Record<string, unknown>> {
  const ruleset = rulesets[id - firstId];
  if (ruleset?.repository !== repository) throw notFound();
  const { include, exclude, rules } = ruleset;
  return {
    ...summaryOf(ruleset, id),
    conditions: { ref_name: { include, exclude } },
    rules: rules.map((type) => ({ type })),
  };
}

/** `GET /repos/{owner}/{repo}/rules/branches/{branch}`: the active rules for a branch, of all rulesets. */
export function rulesOfBranch(rulesets: readonly Ruleset[], repository: string, branch: string): readonly unknown[] {
  return rulesets.flatMap((ruleset, index) => {
    const { target, enforcement, include, exclude, rules } = ruleset;
    if (ruleset.repository !== repository || target !== "branch" || enforcement !== "active") return [];
    const covers = (patterns: readonly string[]) => patterns.some((pattern) => matches(pattern, branch));
    if (!covers(include) || covers(exclude)) return [];
    return rules.map((type) => ({ type, ruleset_source: repository, ruleset_id: firstId + index }));
  });
}

function matches(pattern: string, branch: string): boolean {
  if (pattern === "~ALL") return true;
  if (pattern === "~DEFAULT_BRANCH") return branch === "main";
  const parts = pattern.split(/(\*+)/).map((part) => {
    if (!part.startsWith("*")) return part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
    return part.length > 1 ? ".*" : "[^/]*";
  });
  return new RegExp(`^${parts.join("")}$`).test(`refs/heads/${branch}`);
}

const summaryOf = ({ repository, target, enforcement }: Ruleset, id: number) => ({
  id,
  name: `${target} ${id}`,
  target,
  source_type: "Repository",
  source: repository,
  enforcement,
});
