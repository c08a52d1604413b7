/** A field in which two values differ; `from` or `to` is absent where the field is. */
export type Difference = { path: string; from?: unknown; to?: unknown };

/**
 * Compares two JSON values field by field. Elements of lists are matched by their `name`, as ECS identifies containers and
 * variables, or by position if they have no name.
 */
export function differencesOf(from: unknown, to: unknown, path = ""): Difference[] {
  const [before, after] = [membersOf(from), membersOf(to)];
  if (before === undefined || after === undefined || Array.isArray(from) !== Array.isArray(to)) {
    return from === to ? [] : [{ path, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
  }
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.flatMap((key) =>
    differencesOf(before.get(key), after.get(key), path === "" ? withoutDot(key) : path + key),
  );
}

const withoutDot = (key: string): string => key.replace(/^\./, "");

function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    return new Map(value.map((element: unknown, index) => [`[${nameOf(element) ?? index}]`, element]));
  }
  return new Map(
    Object.entries(value).map(([key, member]) => [/^[\w-]+$/.test(key) ? `.${key}` : `["${key}"]`, member]),
  );
}

function nameOf(element: unknown): string | undefined {
  return typeof element === "object" && element !== null && "name" in element && typeof element.name === "string"
    ? element.name
    : undefined;
}
