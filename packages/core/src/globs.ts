import picomatch from "picomatch/posix.js";

/**
 * Whether a path matches any of the patterns. `*` stands for anything but `/`, `**` for any folders; names that begin with a
 * dot are names like others, upper and lower case differ. A pattern that names a folder stands for everything below it.
 *
 * @param patterns as in `paths` of an image, from the repository's root
 */
export function pathMatcher(patterns: readonly string[]): (path: string) => boolean {
  const matches = picomatch(patterns.flatMap(withFolder), { dot: true, nonegate: true });
  return (path) => matches(path);
}

const withFolder = (pattern: string): string[] => {
  const bare = pattern.replace(/\/+$/, "");
  return [bare, `${bare}/**`];
};
