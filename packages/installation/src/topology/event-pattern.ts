import type { Reference } from "./topology.ts";

/**
 * An event pattern of the topology as EventBridge takes it.
 *
 * @param references what its references stand for
 * @throws Error for a reference that stands for nothing
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
    if (resolved === undefined) throw new Error(`An event pattern refers to "${name}", which is nothing known.`);
    return resolved;
  });
}

function referenceIn(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("ref" in value)) return undefined;
  return typeof value.ref === "string" && Object.keys(value).length === 1 ? value.ref : undefined;
}
