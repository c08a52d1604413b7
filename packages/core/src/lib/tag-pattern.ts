/**
 * Whether a tag is one of a pattern. `*` stands for any signs but `/`; everything else stands for itself.
 *
 * @param tag without `refs/tags/`
 */
export function matchesTag(pattern: string, tag: string): boolean {
  const parts = pattern.split(/\*+/).map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}/]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join("[^/]*")}$`, "u").test(tag);
}
