import zeptomatch from "zeptomatch";

/**
 * Whether a path matches any of the patterns. `*` stands for anything but `/`, `**` for any folders; names that begin with a
 * dot are names like others, upper and lower case differ. A pattern that names a folder stands for everything below it.
 *
 * @param patterns as in `paths` of an image, from the repository's root
 */
export function pathMatcher(patterns: readonly string[]): (path: string) => boolean {
  const expression = zeptomatch.compile(patterns.map(plainPattern).flatMap((pattern) => [pattern, `${pattern}/**`]));
  return (path) => expression.test(path);
}

/** Without what a path from the root may begin and end with, and with no negation: none takes back what others name. */
function plainPattern(pattern: string): string {
  const plain = pattern.replace(/^(?:\.\/+)+/, "").replace(/\/+$/, "");
  return plain === "" || plain === "." ? "**" : plain.replace(/^!/, String.raw`\!`);
}
