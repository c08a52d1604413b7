import type { Reference } from "./topology.ts";

/**
 * An event pattern of the topology as EventBridge's JSON.
 *
 * @param references values of the references
 * @throws Error for a reference without a value
 */
export function patternText(
  pattern: Readonly<Record<string, unknown>>,
  references: Readonly<Partial<Record<Reference, string>>>,
): string {
  const known = new Map<string, string>(Object.entries(references));
  return JSON.stringify(pattern, (_key, value: unknown) => {
    const name = referenceIn(value);
    if (name === undefined) return value;
    const resolved = known.get(name);
    if (resolved === undefined) throw new Error(`An event pattern refers to "${name}", which has no value.`);
    return resolved;
  });
}

function referenceIn(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("ref" in value)) return undefined;
  return typeof value.ref === "string" && Object.keys(value).length === 1 ? value.ref : undefined;
}
