/**
 * Whether a tag matches a pattern. `*` stands for any characters except `/`; every other character is literal.
 *
 * @param tag without `refs/tags/`
 */
export function matchesTag(pattern: string, tag: string): boolean {
  const parts = pattern.split(/\*+/).map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}/]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join("[^/]*")}$`, "u").test(tag);
}
