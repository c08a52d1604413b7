/**
 * Whether a path matches the patterns. `*` stands for any characters except `/`, and the segment `**` for any folders; every
 * other character is literal, so that folders like `[slug]` and `(shop)` can be named. The pattern of a folder matches everything
 * in it. `!` at the beginning excludes paths that earlier patterns match: the last match decides, as in GitHub's filters of
 * workflows. A name that begins with `!` is written `./!`.
 *
 * @param patterns as in `paths` of an image, from the repository's root
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#patterns-to-match-file-paths
 */
export function pathMatcher(patterns: readonly string[]): (path: string) => boolean {
  const rules = patterns.map((pattern) => {
    const isNegated = pattern.startsWith("!");
    return { expression: expressionOf(isNegated ? pattern.slice(1) : pattern), isNegated };
  });
  return (path) => {
    const last = rules.findLast(({ expression }) => expression.test(path));
    return last !== undefined && !last.isNegated;
  };
}

function expressionOf(pattern: string): RegExp {
  const segments = pattern.split("/").filter((segment) => segment !== "" && segment !== ".");
  const kept = segments.filter((segment, index) => segment !== "**" || segments[index + 1] !== "**");
  // At the end it adds nothing: everything below a match is a match.
  if (kept.at(-1) === "**") kept.pop();
  if (kept.length === 0) return /^/;
  const last = kept.length - 1;
  const parts = kept.map((segment, index) =>
    segment === "**" ? "(?:[^/]+/)*" : `${segmentExpression(segment)}${index === last ? "" : "/"}`,
  );
  return new RegExp(`^${parts.join("")}(?:/|$)`, "u");
}

function segmentExpression(segment: string): string {
  return segment
    .split(/\*+/)
    .map((text) => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`))
    .join("[^/]*");
}
